//! The ledger: what labs and volumes used, line by line.

use std::collections::BTreeMap;

use archway_core::coverage::Instant;
use archway_core::labs::{Charge, ChargeKind};
use archway_core::owner::Owner;
use sqlx::AssertSqlSafe;

use crate::database::Store;
use crate::error::StoreError;
use crate::rows::{Columns as _, ROWS_AT_ONCE, places, text};

const KINDS: [ChargeKind; 3] = [ChargeKind::CoreHours, ChargeKind::GibHours, ChargeKind::GbDays];

/// Adds lines; one with the same thing, kind and beginning replaces the one before.
pub(super) async fn charge(store: &Store, charges: &[Charge]) -> Result<(), StoreError> {
    // One statement may not write one line twice.
    let lines: BTreeMap<_, _> = charges
        .iter()
        .map(|charge| ((charge.of.as_str(), charge.kind.name(), charge.from), charge))
        .collect();
    let lines: Vec<_> = lines.into_values().collect();
    let mut transaction = store.begin().await?;
    for lines in lines.chunks(ROWS_AT_ONCE) {
        let sql = format!(
            "INSERT INTO charges (charged, kind, since, until, owner, amount) VALUES {}
             ON CONFLICT (charged, kind, since) DO UPDATE SET until = excluded.until,
                 owner = excluded.owner, amount = excluded.amount",
            places(0, lines.len(), 6)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(lines.len() == ROWS_AT_ONCE);
        for line in lines {
            query = query.bind(text(&line.of)).bind(line.kind.name()).bind(line.from.0);
            query = query.bind(line.until.0).bind(text(&line.owner.0)).bind(line.amount);
        }
        query.execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// The owner's lines that reach into a time, oldest first, at most 10,000.
pub(super) async fn lines(
    store: &Store,
    owner: &Owner,
    from: Instant,
    until: Instant,
) -> Result<Vec<Charge>, StoreError> {
    let sql = "SELECT * FROM charges WHERE owner = $1 AND since < $2 AND until > $3
               ORDER BY since, charged, kind LIMIT 10000";
    let query = sqlx::query(sql).bind(text(&owner.0)).bind(until.0).bind(from.0);
    let rows = query.fetch_all(&store.reads).await?;
    rows.iter()
        .map(|row| {
            Ok(Charge {
                owner: Owner(row.text("owner")?),
                of: row.text("charged")?,
                kind: row.named("kind", &KINDS, ChargeKind::name)?,
                amount: row.real("amount")?,
                from: row.moment("since")?,
                until: row.moment("until")?,
            })
        })
        .collect()
}
