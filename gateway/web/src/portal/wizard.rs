//! `/volumes/new...`: making a data volume in five steps, each a URL: type, source, content, mode,
//! review.
//!
//! Nothing is made before the last one. What was said so far is in the query string, so Back and
//! bookmarks work; a step that is asked before its turn says what is missing. The last form
//! carries a key, so that sending it twice makes one volume.

mod fields;
mod frame;
mod said;

use archway_core::Error;
use archway_core::volumes::{Estimate, Mode, NewVolume, Source, SourceForm, Tested};
use askama::Template;
use axum::extract::{RawForm, RawQuery, State};
use axum::response::Response;

use fields::FieldRow;
use frame::{CONTENT, Frame, MODE, REVIEW, SOURCE, TYPE, shown};
use said::{draft, missing, source_of};

use super::form_body::read;
use super::{Chrome, ErrorPage, collections, page, url_of, volumes, words};
use crate::error;
use crate::form_token::FormToken;
use crate::parameters::Parameters;
use crate::state::Gateway;

/// What begins the name of a plugin's setting in a form.
const SETTING: &str = "s.";

#[derive(Template)]
#[template(path = "volume_type.html")]
struct TypePage {
    chrome: Chrome,
    frame: Frame,
    presets: Vec<Choice>,
    plugins: Vec<Choice>,
    collections: usize,
    selections: usize,
}

struct Choice {
    href: String,
    title: String,
    about: String,
}

#[derive(Template)]
#[template(path = "volume_source.html")]
struct SourcePage {
    chrome: Chrome,
    frame: Frame,
    kind: String,
    title: String,
    about: String,
    choices: Vec<SourceChoice>,
    name: &'static str,
    fields: Vec<FieldRow>,
    more: Vec<FieldRow>,
    urls: String,
    tested: Option<Tested>,
}

struct SourceChoice {
    value: String,
    title: String,
    about: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "volume_content.html")]
struct ContentPage {
    chrome: Chrome,
    frame: Frame,
    tree: bool,
    include: String,
    exclude: String,
    found: Option<Found>,
}

/// An estimate in words.
struct Found {
    headline: String,
    samples: Vec<String>,
    missing: Vec<String>,
}

#[derive(Template)]
#[template(path = "volume_mode.html")]
struct ModePage {
    chrome: Chrome,
    frame: Frame,
    title: String,
    name: String,
    empty: bool,
}

#[derive(Template)]
#[template(path = "volume_review.html")]
struct ReviewPage {
    chrome: Chrome,
    frame: Frame,
    facts: Vec<(&'static str, String)>,
    notices: Vec<String>,
    quota: String,
    key: String,
}

/// Step 1: what kind of source.
pub(crate) async fn kind(State(gateway): State<Gateway>) -> Result<Response, ErrorPage> {
    let forms = gateway.volumes.forms();
    let choice = |form: &SourceForm| Choice {
        href: match &form.preset {
            Some(preset) => {
                format!("/volumes/new/content?type=tree&preset={}", url_of::segment(preset))
            }
            None => {
                format!("/volumes/new/source?type=tree&plugin={}", url_of::segment(&form.plugin))
            }
        },
        title: form.title.clone(),
        about: form.description.clone(),
    };
    let of = |preset: bool| {
        forms.iter().filter(|form| form.preset.is_some() == preset).map(choice).collect()
    };
    Ok(page(&TypePage {
        chrome: Chrome::at(&gateway, "volumes"),
        presets: of(true),
        plugins: of(false),
        collections: gateway.collections.list(&gateway.principal).await?.len(),
        selections: gateway.selections.list(&gateway.principal).await?.len(),
        frame: Frame::new(TYPE, &Parameters::default(), &[]),
    })?)
}

/// Step 2: which one.
pub(crate) async fn source(
    State(gateway): State<Gateway>,
    token: FormToken,
    RawQuery(query): RawQuery,
) -> Result<Response, ErrorPage> {
    let said = Parameters::of_query(query.as_deref());
    Ok(source_page(&gateway, &said, None, &token).await?)
}

/// "Test connection" of step 2.
pub(crate) async fn test(
    State(gateway): State<Gateway>,
    token: FormToken,
    form: RawForm,
) -> Result<Response, ErrorPage> {
    let said = read(&form);
    if missing(&said).is_some() {
        return Ok(source_page(&gateway, &said, None, &token).await?);
    }
    let tested = match draft(&said).read(&gateway).await {
        Ok(source) => gateway.volumes.test(&gateway.principal, &source).await,
        Err(error) => Err(error),
    };
    let tested = tested.or_else(|error| match error::parameter(&error) {
        Some(_) => Ok(Tested { words: error.to_string(), reached: false }),
        None => Err(error),
    })?;
    Ok(source_page(&gateway, &said, Some(tested), &token).await?)
}

async fn source_page(
    gateway: &Gateway,
    said: &Parameters,
    tested: Option<Tested>,
    token: &FormToken,
) -> Result<Response, Error> {
    let kind = said.shown("type").to_owned();
    let asked = ["collection", "selection", "urls", "include", "exclude"];
    let mut step = SourcePage {
        chrome: Chrome::at(gateway, "volumes").signed(token),
        frame: Frame::new(SOURCE, said, &asked),
        kind: kind.clone(),
        title: String::new(),
        about: String::new(),
        choices: Vec::new(),
        name: "",
        fields: Vec::new(),
        more: Vec::new(),
        urls: said.shown("urls").to_owned(),
        tested,
    };
    // Patterns are asked on the next step, and go there with the rest.
    if kind == "tree" {
        let patterns = said.pairs().filter(|(name, _)| matches!(*name, "include" | "exclude"));
        step.frame.said.extend(patterns.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
    match kind.as_str() {
        "collection" => {
            step.title = "Which collection?".to_owned();
            step.name = "collection";
            for own in gateway.collections.list(&gateway.principal).await? {
                let about = own.description.split("\n\n").next().unwrap_or_default().to_owned();
                let chosen = said.shown("collection") == own.id;
                step.choices.push(SourceChoice { value: own.id, title: own.title, about, chosen });
            }
        }
        "selection" => {
            step.title = "Which selection?".to_owned();
            step.name = "selection";
            for own in gateway.selections.list(&gateway.principal).await? {
                let chosen = said.shown("selection") == own.id;
                let about = format!("kept {} UTC", words::moment(own.created));
                let title = super::labs::described(&own.members);
                let title = if own.title.is_empty() { title } else { own.title };
                step.choices.push(SourceChoice { value: own.id, title, about, chosen });
            }
        }
        "tree" if missing(said).is_none() => step.of_tree(gateway, said)?,
        "urls" => step.title = "Which files?".to_owned(),
        "empty" => {
            step.title = "Space to write in".to_owned();
            step.about = "Nothing is to be chosen.".to_owned();
        }
        _ => {
            if let Some((words, at)) = missing(said) {
                step.frame.wrong(words, at);
            }
        }
    }
    shown(step.frame.status(), &step)
}

impl SourcePage {
    /// A preset of the operator, or the settings of a plugin.
    fn of_tree(&mut self, gateway: &Gateway, said: &Parameters) -> Result<(), Error> {
        let (preset, plugin) = (said.shown("preset"), said.shown("plugin"));
        let of = |form: &&SourceForm| match &form.preset {
            Some(id) => id == preset,
            None => preset.is_empty() && form.plugin == plugin,
        };
        let forms = gateway.volumes.forms();
        let Some(form) = forms.iter().find(of) else {
            let asked = if preset.is_empty() { plugin } else { preset };
            return self.frame.told(Error::not_found("kind of source", asked));
        };
        self.title.clone_from(&form.title);
        self.about.clone_from(&form.description);
        if form.preset.is_none() {
            self.frame.said.retain(|(name, _)| !name.starts_with(SETTING));
            for field in &form.fields {
                let row = FieldRow::new(field, said);
                if field.advanced { self.more.push(row) } else { self.fields.push(row) }
            }
        }
        Ok(())
    }
}

/// Step 3: what is in it.
pub(crate) async fn content(
    State(gateway): State<Gateway>,
    RawQuery(query): RawQuery,
) -> Result<Response, ErrorPage> {
    let said = Parameters::of_query(query.as_deref());
    let mut frame = Frame::new(CONTENT, &said, &["include", "exclude"]);
    let found = match source_of(&gateway, &said, &mut frame).await? {
        Some(Source::Empty) | None => None,
        Some(source) => {
            let counted = gateway.volumes.estimate(&gateway.principal, &source).await;
            frame.taken(counted)?.map(Found::from)
        }
    };
    let step = ContentPage {
        chrome: Chrome::at(&gateway, "volumes"),
        tree: said.shown("type") == "tree",
        include: lines(&said, "include"),
        exclude: lines(&said, "exclude"),
        frame,
        found,
    };
    Ok(shown(step.frame.status(), &step)?)
}

/// Step 4: how, and under which name.
pub(crate) async fn mode(
    State(gateway): State<Gateway>,
    RawQuery(query): RawQuery,
) -> Result<Response, ErrorPage> {
    let said = Parameters::of_query(query.as_deref());
    let mut frame = Frame::new(MODE, &said, &["title", "name"]);
    let source = source_of(&gateway, &said, &mut frame).await?;
    Ok(shown(
        frame.status(),
        &ModePage {
            chrome: Chrome::at(&gateway, "volumes"),
            frame,
            title: said.shown("title").to_owned(),
            name: said.shown("name").to_owned(),
            empty: source == Some(Source::Empty),
        },
    )?)
}

/// Step 5: what is about to be made.
pub(crate) async fn review(
    State(gateway): State<Gateway>,
    token: FormToken,
    RawQuery(query): RawQuery,
) -> Result<Response, ErrorPage> {
    let said = Parameters::of_query(query.as_deref());
    Ok(review_page(&gateway, &said, None, &token).await?)
}

/// `refused` is why it was not made.
async fn review_page(
    gateway: &Gateway,
    said: &Parameters,
    refused: Option<Error>,
    token: &FormToken,
) -> Result<Response, Error> {
    let mut frame = Frame::new(REVIEW, said, &[]);
    let mut facts = Vec::new();
    let mut notices = Vec::new();
    if let Some(source) = source_of(gateway, said, &mut frame).await? {
        facts.push(("Source", described(gateway, &source).await?));
        if source != Source::Empty {
            let counted = gateway.volumes.estimate(&gateway.principal, &source).await;
            if let Some(found) = frame.taken(counted)? {
                notices.clone_from(&found.notices);
                facts.push(("Content", Found::from(found).headline));
            }
        }
        let or = |text: &str, otherwise: &str| {
            if text.is_empty() { otherwise.to_owned() } else { text.to_owned() }
        };
        facts.push(("Title", or(said.shown("title"), "made from the source")));
        facts.push(("Folder in a lab", or(said.shown("name"), "made from the title")));
        let writable = source == Source::Empty;
        let mode = if writable { "empty, read and write" } else { "copied now, read only" };
        facts.push(("Mode", mode.to_owned()));
        facts.push(("Who can see it", "you alone".to_owned()));
    }
    if let Some(error) = refused {
        frame.told(error)?;
    }
    let (usage, quota) = gateway.labs.usage(&gateway.principal).await?;
    let quota = format!(
        "You use {} of {} and {} of {} volumes.",
        words::size(usage.volume_bytes),
        words::size(quota.volume_bytes),
        usage.volumes,
        quota.volumes
    );
    let step = ReviewPage {
        chrome: Chrome::at(gateway, "volumes").signed(token),
        frame,
        facts,
        notices,
        quota,
        key: super::new_key(),
    };
    shown(step.frame.status(), &step)
}

/// Makes it; where that is refused, the last step says why and leads to the one that mends it.
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    token: FormToken,
    form: RawForm,
) -> Result<Response, ErrorPage> {
    let said = read(&form);
    match created(&gateway, &said).await {
        Ok(Some(made)) => Ok(made),
        Ok(None) => Ok(review_page(&gateway, &said, None, &token).await?),
        Err(error) => Ok(review_page(&gateway, &said, Some(error), &token).await?),
    }
}

/// `None` when a step is missing.
async fn created(gateway: &Gateway, said: &Parameters) -> Result<Option<Response>, Error> {
    if missing(said).is_some() {
        return Ok(None);
    }
    let source = draft(said).read(gateway).await?;
    let new = NewVolume {
        name: said.shown("name").to_owned(),
        title: said.shown("title").to_owned(),
        writable: source == Source::Empty,
        source,
        mode: Mode::Copy,
    };
    let volume = gateway.volumes.create(&gateway.principal, new, said.one("key")?).await?;
    Ok(Some(volumes::to(&volume.id)))
}

/// A source in words.
async fn described(gateway: &Gateway, source: &Source) -> Result<String, Error> {
    Ok(match source {
        Source::Collection(id) => {
            format!("the collection \u{201c}{}\u{201d}", collections::title(gateway, id).await?)
        }
        Source::Selection(members) => super::labs::described(members),
        Source::Tree { preset: Some(preset), .. } => {
            let forms = gateway.volumes.forms();
            let form = forms.into_iter().find(|form| form.preset.as_ref() == Some(preset));
            form.map_or_else(|| preset.clone(), |form| form.title)
        }
        Source::Tree { plugin, settings, .. } => {
            let first = settings.iter().find(|(_, value)| value.contains("://"));
            first.map_or_else(|| plugin.clone(), |(_, value)| value.clone())
        }
        Source::Urls(urls) => words::counted(urls.len() as u64, "URL"),
        Source::Empty => "nothing: space to write in".to_owned(),
    })
}

fn lines(said: &Parameters, name: &str) -> String {
    said.all(name).collect::<Vec<_>>().join("\n")
}

impl From<Estimate> for Found {
    fn from(estimate: Estimate) -> Self {
        let least = if estimate.complete { "" } else { "At least " };
        let files = words::counted(estimate.files, "file");
        let headline = match estimate.unknown_sizes {
            0 => format!("{least}{files}, {}", words::size(estimate.bytes)),
            all if all == estimate.files => format!("{least}{files}; nobody says how large"),
            some => format!(
                "{least}{files}, at least {} ({} of a size that nobody says)",
                words::size(estimate.bytes),
                words::counted(some, "file"),
            ),
        };
        Self { headline, samples: estimate.samples, missing: estimate.missing }
    }
}
