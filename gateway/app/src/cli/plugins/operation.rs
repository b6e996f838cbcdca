//! The operations of a plugin, as they are asked for in the shell, and their answers for people.

mod print;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use archway_core::access::Way;
use archway_core::archive::{Archive, Change, Fetch, LookUp, Part};
use archway_core::search::{FacetFilter, Order, Question, Search, parse};
use archway_core::tables::TableQuery;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand, ValueEnum};

use crate::cli::Usage;
use crate::cli::terminal::{complain, line};

/// Bytes asked for at once.
const READ_BYTES: u32 = 1024 * 1024;

/// What the plugin is asked.
#[derive(Debug, Subcommand)]
pub(super) enum Operation {
    /// What the archive is and can do
    Describe,
    /// Finds assets
    Search(SearchArgs),
    /// Shows one asset
    LookUp {
        /// The archive's own identifier
        #[arg(value_name = "ID")]
        id: String,
        /// ID is an identifier of this scheme (doi, ivo)
        #[arg(long)]
        scheme: Option<String>,
    },
    /// Shows the ways to the bytes of an asset
    Access {
        /// The archive's own identifier
        #[arg(value_name = "ID")]
        id: String,
        /// One of the asset's distributions
        #[arg(value_name = "DISTRIBUTION")]
        distribution: Option<String>,
    },
    /// Reads the bytes of an asset by the first way to them
    Open {
        /// The archive's own identifier
        #[arg(value_name = "ID")]
        id: String,
        /// One of the asset's distributions
        #[arg(value_name = "DISTRIBUTION")]
        distribution: Option<String>,
        /// The first byte that is wanted
        #[arg(long, value_name = "BYTE", default_value_t = 0)]
        offset: u64,
        /// Where the bytes go; without it they are counted
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Lists tables, or shows the columns of those named
    Tables {
        /// Tables as a query must write them
        names: Vec<String>,
    },
    /// Runs a query in the archive's language
    Query {
        /// The query
        #[arg(value_name = "QUERY")]
        text: String,
        /// Its language
        #[arg(long, default_value = "ADQL")]
        language: String,
        /// Most rows that are shown
        #[arg(long, default_value_t = 20)]
        limit: u64,
    },
    /// Lists what changed, and prints the token that goes on from there
    Harvest {
        /// Goes on behind what gave this token
        #[arg(long, value_name = "TOKEN")]
        since: Option<String>,
        /// Most changes; the token printed goes on behind them
        #[arg(long, default_value_t = 100)]
        max: u64,
    },
}

/// A search of one plugin.
#[derive(Args, Debug)]
pub(super) struct SearchArgs {
    /// Words, or a region such as 'CIRCLE 83.6 22 0.1'
    #[arg(value_name = "TEXT")]
    text: Vec<String>,
    /// Region: 'CIRCLE ra dec radius', 'RANGE ...' or 'POLYGON ...', ICRS degrees
    #[arg(long, value_name = "REGION")]
    pos: Option<String>,
    /// 'START/END', ISO 8601 UTC or MJD, either end may be empty
    #[arg(long, value_name = "START/END")]
    time: Option<String>,
    /// 'MIN/MAX', metres or with a unit
    #[arg(long, value_name = "MIN/MAX")]
    band: Option<String>,
    /// A term of a facet; repeatable
    #[arg(long, value_name = "NAME=TERM")]
    facet: Vec<String>,
    /// Only this collection; repeatable
    #[arg(long, value_name = "NAME")]
    collection: Vec<String>,
    /// Order that the plugin is asked for
    #[arg(long, value_enum, default_value_t = Sort::Stable)]
    order: Sort,
    /// Most assets
    #[arg(long, default_value_t = 20)]
    limit: u64,
    /// Shows everything that is known of each asset
    #[arg(long)]
    full: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Sort {
    Stable,
    Date,
    Size,
    Distance,
}

impl Operation {
    /// Asks `archive` and prints the answer.
    pub(super) async fn run(&self, archive: &dyn Archive) -> anyhow::Result<()> {
        match self {
            Self::Describe => print::description(&*archive.describe().await?)?,
            Self::Search(search) => search.run(archive).await?,
            Self::LookUp { id, scheme } => {
                let id = match scheme {
                    None => LookUp::NativeId(id.clone()),
                    Some(scheme) => {
                        LookUp::Identifier { scheme: scheme.clone(), value: id.clone() }
                    }
                };
                print::whole_asset(&archive.look_up(&id).await?)?;
            }
            Self::Access { id, distribution } => {
                for way in archive.access(id, distribution.as_deref()).await? {
                    print::way(&way)?;
                }
            }
            Self::Open { id, distribution, offset, output } => {
                let ways = archive.access(id, distribution.as_deref()).await?;
                let way = ways.into_iter().next().context("there is no way to its bytes")?;
                open(archive, way, *offset, output.as_deref()).await?;
            }
            Self::Tables { names } => {
                for table in archive.tables(names, names.is_empty()).await? {
                    print::table(&table)?;
                }
            }
            Self::Query { text, language, limit } => query(archive, language, text, *limit).await?,
            Self::Harvest { since, max } => harvest(archive, since.as_deref(), *max).await?,
        }
        Ok(())
    }
}

impl SearchArgs {
    async fn run(&self, archive: &dyn Archive) -> anyhow::Result<()> {
        let search = self.search()?;
        let mut answer = archive.search(&search).await?;
        if !answer.not_applied.is_empty() {
            complain(format_args!(
                "not applied by the plugin, the gateway does it: {:?}",
                answer.not_applied
            ));
        }
        let mut shown = 0;
        while shown < self.limit {
            let wanted = u32::try_from(self.limit - shown).unwrap_or(u32::MAX);
            let Some(batch) = answer.assets.next(wanted.min(1000)).await? else { break };
            for asset in &batch.assets {
                if self.full { print::whole_asset(asset)? } else { print::asset(asset)? }
            }
            shown += batch.assets.len() as u64;
        }
        let total = answer
            .total
            .map_or("it does not say how many there are".to_owned(), |n| format!("of {n} in all"));
        let order = if answer.ordered { "in the order asked for" } else { "in its own order" };
        complain(format_args!("{shown} assets {order}, {total}"));
        Ok(())
    }

    fn search(&self) -> anyhow::Result<Search> {
        let text = self.text.join(" ");
        // A region is no word that anybody searches for.
        let region_in_text = if self.pos.is_none() { parse::pos(&text).ok() } else { None };
        let region = match (&self.pos, region_in_text) {
            (Some(pos), _) => Some(parse::pos(pos).map_err(usage)?),
            (None, region) => region,
        };
        let is_text = !text.is_empty() && (self.pos.is_some() || region.is_none());
        let facets = self.facet.iter().map(|facet| {
            let (name, term) = facet
                .split_once('=')
                .ok_or_else(|| Usage(format!("--facet `{facet}` is not NAME=TERM")))?;
            let kind = parse::facet_kind(name).map_err(usage)?;
            Ok(FacetFilter { kind, any_of: vec![term.to_owned()] })
        });
        Ok(Search {
            question: Question {
                text: is_text.then_some(text),
                collections: self.collection.clone(),
                region,
                time: self.time.as_deref().map(parse::time).transpose().map_err(usage)?,
                wavelength_m: self.band.as_deref().map(parse::band).transpose().map_err(usage)?,
                facets: facets.collect::<Result<_, Usage>>()?,
                ..Question::default()
            },
            order: match self.order {
                Sort::Stable => Order::Stable,
                Sort::Date => Order::Date,
                Sort::Size => Order::Size,
                Sort::Distance => Order::Distance,
            },
            after: None,
            max_assets: Some(self.limit),
        })
    }
}

/// What was written is wrong, not what was done.
fn usage(error: archway_core::Error) -> Usage {
    Usage(error.to_string())
}

async fn open(
    archive: &dyn Archive,
    way: Way,
    offset: u64,
    output: Option<&Path>,
) -> anyhow::Result<()> {
    let part = (offset > 0).then_some(Part { first: offset, last: None });
    let mut fetched = archive.fetch(&Fetch { way, parameters: Vec::new(), part }).await?;
    let mut file = output.map(File::create).transpose().context("no file for the bytes")?;
    let mut count = 0;
    loop {
        let piece = fetched.content.reader.read(READ_BYTES).await?;
        if piece.is_empty() {
            break;
        }
        count += piece.len() as u64;
        if let Some(file) = &mut file {
            file.write_all(&piece).context("the bytes cannot be written")?;
        }
    }
    let total = fetched.content.total_bytes;
    let total = total.map_or("a size it does not say".to_owned(), |bytes| format!("{bytes} bytes"));
    complain(format_args!("{count} bytes from {} on, of {total}", fetched.offset));
    Ok(())
}

async fn query(
    archive: &dyn Archive,
    language: &str,
    text: &str,
    limit: u64,
) -> anyhow::Result<()> {
    let query = TableQuery {
        language: language.to_owned(),
        text: text.to_owned(),
        uploads: Vec::new(),
        max_rows: Some(limit),
    };
    let mut answer = archive.query(&query).await?;
    print::heads(&answer.fields)?;
    let mut shown = 0;
    while shown < limit {
        let wanted = u32::try_from(limit - shown).unwrap_or(u32::MAX);
        let Some(batch) = answer.rows.next(wanted.min(1000)).await? else {
            let outcome = answer.rows.outcome().await?;
            complain(format_args!("{shown} rows, {:?}", outcome.completeness));
            outcome
                .warnings
                .iter()
                .for_each(|warning| complain(format_args!("warning: {warning}")));
            return Ok(());
        };
        shown += batch.num_rows() as u64;
        print::rows(&batch)?;
    }
    complain(format_args!("{shown} rows shown; there may be more"));
    Ok(())
}

async fn harvest(archive: &dyn Archive, since: Option<&str>, max: u64) -> anyhow::Result<()> {
    let since = since.map(|token| STANDARD.decode(token)).transpose();
    let since = since
        .map_err(|error| Usage(format!("--since is not a token that was printed here: {error}")))?;
    let mut cursor = archive.harvest(since).await?;
    let (mut count, mut resume, mut ended) = (0, None, false);
    while count < max {
        let wanted = u32::try_from(max - count).unwrap_or(u32::MAX);
        let Some(batch) = cursor.next(wanted.min(1000)).await? else {
            ended = true;
            break;
        };
        for change in &batch.changes {
            match change {
                Change::Upsert(asset) => print::asset(asset)?,
                Change::Withdraw { native_id, reason, .. } => {
                    line(format_args!(
                        "withdrawn {native_id}  {}",
                        reason.as_deref().unwrap_or_default()
                    ))?;
                }
            }
        }
        count += batch.changes.len() as u64;
        resume = Some(batch.resume);
    }
    complain(format_args!("{count} changes{}", if ended { ", which is all" } else { "" }));
    if let Some(resume) = resume {
        line(format_args!("resume token: {}", STANDARD.encode(resume)))
            .context("the token is lost")?;
    }
    Ok(())
}
