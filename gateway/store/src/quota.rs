//! What an owner has, and the words of a refusal.
//!
//! Called by the keepers inside the transaction that writes. What has not ended *is* what is
//! used: there is no second number that could differ. What users write themselves is what was
//! measured last.

use archway_core::Error;
use archway_core::labs::Lab;
use archway_core::owner::{Owner, Quota, Usage};
use sqlx::AnyConnection;

use crate::error::StoreError;
use crate::rows::{Columns as _, text};
use crate::spaces;

/// What the owner has at the moment.
pub(crate) async fn usage(
    connection: &mut AnyConnection,
    owner: &Owner,
) -> Result<Usage, StoreError> {
    let sql = "SELECT count(*) AS labs, CAST(coalesce(sum(cores), 0) AS DOUBLE PRECISION) AS cores,
                   CAST(coalesce(sum(memory_mib), 0) AS BIGINT) AS memory_mib
               FROM labs WHERE owner = $1 AND state NOT IN ('stopped', 'failed')";
    let labs = sqlx::query(sql).bind(text(&owner.0)).fetch_one(&mut *connection).await?;
    let sql = "SELECT count(*) AS volumes, CAST(coalesce(sum(bytes), 0) AS BIGINT) AS bytes
               FROM volumes WHERE owner = $1";
    let volumes = sqlx::query(sql).bind(text(&owner.0)).fetch_one(&mut *connection).await?;
    let space = spaces::held(connection, owner).await?;
    let space_bytes = space.map_or(0, |space| space.bytes);
    Ok(Usage {
        labs: u32::try_from(labs.count("labs")?).unwrap_or(u32::MAX),
        cores: labs.real("cores")?,
        memory_mib: labs.count("memory_mib")?,
        volume_bytes: volumes.count("bytes")?.saturating_add(space_bytes),
        space_bytes,
        volumes: u32::try_from(volumes.count("volumes")?).unwrap_or(u32::MAX),
    })
}

/// Whether one more lab may be.
///
/// # Errors
///
/// [`Error::QuotaExceeded`] naming the limit and the labs that use it.
pub(crate) async fn room_for_lab(
    connection: &mut AnyConnection,
    lab: &Lab,
    quota: &Quota,
) -> Result<(), Error> {
    let used = usage(&mut *connection, &lab.owner).await?;
    let size = &lab.size;
    let stop = "stop one of them";
    let smaller = "stop one of them or choose a smaller size";
    if used.labs >= quota.labs {
        let running = labs_of(connection, &lab.owner).await?;
        let names = listed(&running, |lab| share(lab, String::new()));
        let limit = quota.labs;
        let reason = if running.is_empty() {
            format!("no lab may be launched here: the quota is {limit} labs")
        } else {
            format!("{} of {limit} labs are running: {names}; {stop}", used.labs)
        };
        return Err(Error::QuotaExceeded { reason });
    }
    // The sums are of doubles: three times 0.1 is not more than 0.3.
    if used.cores + size.cores > quota.cores + 1e-9 {
        let running = labs_of(connection, &lab.owner).await?;
        let names = listed(&running, |lab| share(lab, format!("{} cores", lab.cores)));
        let (wanted, limit) = (size.cores, quota.cores);
        let reason = if running.is_empty() {
            format!(
                "the lab wants {wanted} cores where {limit} are the limit; choose a smaller size"
            )
        } else {
            let used = used.cores;
            format!(
                "the lab wants {wanted} cores, and {used} of {limit} are in use: {names}; {smaller}"
            )
        };
        return Err(Error::QuotaExceeded { reason });
    }
    if used.memory_mib.saturating_add(size.memory_mib) > quota.memory_mib {
        let running = labs_of(connection, &lab.owner).await?;
        let names = listed(&running, |lab| share(lab, format!("{} MiB", lab.memory_mib)));
        let (wanted, limit) = (size.memory_mib, quota.memory_mib);
        let reason = if running.is_empty() {
            format!(
                "the lab wants {wanted} MiB of memory where {limit} are the limit; choose a smaller size"
            )
        } else {
            let used = used.memory_mib;
            format!(
                "the lab wants {wanted} MiB of memory, and {used} of {limit} are in use: {names}; {smaller}"
            )
        };
        return Err(Error::QuotaExceeded { reason });
    }
    match used.too_many_bytes(quota, !lab.volumes.is_empty()) {
        Some(reason) => Err(Error::QuotaExceeded { reason }),
        None => Ok(()),
    }
}

/// Whether one more data volume may be.
///
/// # Errors
///
/// [`Error::QuotaExceeded`] naming the limit and what uses it.
pub(crate) async fn room_for_volume(
    connection: &mut AnyConnection,
    owner: &Owner,
    quota: &Quota,
) -> Result<(), Error> {
    let used = usage(&mut *connection, owner).await?;
    if used.volumes >= quota.volumes {
        let (there, limit) = (used.volumes, quota.volumes);
        let reason = format!("{there} of {limit} data volumes are there; remove one of them");
        return Err(Error::QuotaExceeded { reason });
    }
    if used.volume_bytes >= quota.volume_bytes {
        let sql = "SELECT name, bytes FROM volumes WHERE owner = $1 AND bytes > 0
                   ORDER BY bytes DESC, name LIMIT 5";
        let query = sqlx::query(sql).bind(text(&owner.0));
        let rows = query.fetch_all(connection).await.map_err(StoreError::from)?;
        let mut shares = Vec::with_capacity(rows.len() + 1);
        if used.space_bytes > 0 {
            shares.push((used.space_bytes, "your own space".to_owned()));
        }
        for row in &rows {
            shares.push((row.count("bytes")?, format!("`{}`", row.text("name")?)));
        }
        shares.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
        let names = listed(&shares, |(size, name)| format!("{name} ({})", bytes(*size)));
        let (there, limit) = (bytes(used.volume_bytes), bytes(quota.volume_bytes));
        let reason = if shares.is_empty() {
            format!("no data volume may be made here: the quota is {limit}")
        } else {
            format!("{there} of {limit} are in use, most by {names}; remove what is not needed")
        };
        return Err(Error::QuotaExceeded { reason });
    }
    Ok(())
}

struct Running {
    id: String,
    title: String,
    cores: f64,
    memory_mib: u64,
}

async fn labs_of(
    connection: &mut AnyConnection,
    owner: &Owner,
) -> Result<Vec<Running>, StoreError> {
    let sql = "SELECT id, title, cores, memory_mib FROM labs
               WHERE owner = $1 AND state NOT IN ('stopped', 'failed')
               ORDER BY created, id LIMIT 20";
    let rows = sqlx::query(sql).bind(text(&owner.0)).fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            Ok(Running {
                id: row.text("id")?,
                title: row.text("title")?,
                cores: row.real("cores")?,
                memory_mib: row.count("memory_mib")?,
            })
        })
        .collect()
}

fn share(lab: &Running, amount: String) -> String {
    let name = if lab.title.trim().is_empty() { &lab.id } else { &lab.title };
    if amount.is_empty() { format!("`{name}`") } else { format!("`{name}` ({amount})") }
}

fn listed<T>(all: &[T], name: impl Fn(&T) -> String) -> String {
    all.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// `1.5 GB`: decimal, as disks are sold and quotas written.
fn bytes(count: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    let unit = UNITS.iter().find(|(size, _)| count >= *size);
    let Some((size, name)) = unit else { return format!("{count} B") };
    let tenths = count / (size / 10);
    if tenths.is_multiple_of(10) {
        format!("{} {name}", tenths / 10)
    } else {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn bytes_are_said_in_the_unit_that_fits() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1 kB"),
            (1_550_000, "1.5 MB"),
            (100_000_000_000, "100 GB"),
            (1_200_000_000_000, "1.2 TB"),
        ];
        for (count, words) in cases {
            assert_eq!(bytes(count), words, "case: {count}");
        }
    }
}
