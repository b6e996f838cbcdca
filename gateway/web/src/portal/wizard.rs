//! `/volumes/new...`: making a data volume in five steps, each a URL: type, source, content, mode,
//! review.
//!
//! Nothing is made before the last one. What was said so far is in the query string, so Back and
//! bookmarks work; a step that is asked before its turn says what is missing. The last form
//! carries a key, so that sending it twice makes one volume.

use archway_core::Error;
use archway_core::labs::DataChoice;
use archway_core::volumes::{Estimate, FieldKind, Mode, NewVolume, Source, SourceForm, Tested};
use askama::Template;
use axum::extract::{RawForm, RawQuery, State};
use axum::response::Response;

use super::form_body::read;
use super::{Chrome, ErrorPage, page, url_of, volumes, words};
use crate::chosen::Chosen;
use crate::error;
use crate::parameters::Parameters;
use crate::state::Gateway;
use crate::volume_source::{SaidSource, SaidTree};

/// The steps: path and name.
const STEPS: [(&str, &str); 5] = [
    ("/volumes/new", "Type"),
    ("/volumes/new/source", "Source"),
    ("/volumes/new/content", "Content"),
    ("/volumes/new/mode", "Mode"),
    ("/volumes/new/review", "Review"),
];
/// What begins the name of a plugin's setting in a form.
const SETTING: &str = "s.";

/// What every step shows.
struct Frame {
    steps: Vec<Step>,
    /// What was said so far and is not asked on this page: name and value.
    said: Vec<(String, String)>,
    /// What is wrong with it.
    problem: Option<String>,
}

struct Step {
    href: Option<String>,
    name: &'static str,
    current: bool,
}

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

struct FieldRow {
    name: String,
    label: String,
    help: String,
    required: bool,
    value: String,
    /// "text", "url", "number", "lines", "choice".
    input: &'static str,
    choices: Vec<(String, bool)>,
    min: String,
    max: String,
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
        frame: Frame::new(0, &Parameters::default(), &[]),
    })?)
}

/// Step 2: which one.
pub(crate) async fn source(
    State(gateway): State<Gateway>,
    RawQuery(query): RawQuery,
) -> Result<Response, ErrorPage> {
    let said = Parameters::of_query(query.as_deref());
    Ok(source_page(&gateway, &said, None).await?)
}

/// "Test connection" of step 2.
pub(crate) async fn test(
    State(gateway): State<Gateway>,
    form: RawForm,
) -> Result<Response, ErrorPage> {
    let said = read(&form);
    let tested = match draft(&said).read(&gateway).await {
        Ok(source) => gateway.volumes.test(&gateway.principal, &source).await,
        Err(error) => Err(error),
    };
    let tested = tested.or_else(|error| match error::parameter(&error) {
        Some(_) => Ok(Tested { words: error.to_string(), reached: false }),
        None => Err(error),
    })?;
    Ok(source_page(&gateway, &said, Some(tested)).await?)
}

async fn source_page(
    gateway: &Gateway,
    said: &Parameters,
    tested: Option<Tested>,
) -> Result<Response, Error> {
    let kind = said.shown("type").to_owned();
    let mut shown = SourcePage {
        chrome: Chrome::at(gateway, "volumes"),
        frame: Frame::new(1, said, &["collection", "selection", "urls", "include", "exclude"]),
        kind: kind.clone(),
        title: String::new(),
        choices: Vec::new(),
        name: "",
        fields: Vec::new(),
        more: Vec::new(),
        urls: said.shown("urls").to_owned(),
        tested,
    };
    match kind.as_str() {
        "collection" => {
            shown.title = "Which collection?".to_owned();
            shown.name = "collection";
            for own in gateway.collections.list(&gateway.principal).await? {
                let about = own.description.split("\n\n").next().unwrap_or_default().to_owned();
                let chosen = said.shown("collection") == own.id;
                shown.choices.push(SourceChoice { value: own.id, title: own.title, about, chosen });
            }
        }
        "selection" => {
            shown.title = "Which selection?".to_owned();
            shown.name = "selection";
            for own in gateway.selections.list(&gateway.principal).await? {
                let chosen = said.shown("selection") == own.id;
                let about = words::moment(own.created);
                let title = if own.title.is_empty() { "Selection".to_owned() } else { own.title };
                shown.choices.push(SourceChoice { value: own.id, title, about, chosen });
            }
        }
        "tree" => {
            let plugin = said.shown("plugin");
            let forms = gateway.volumes.forms();
            let form = forms.iter().find(|form| form.preset.is_none() && form.plugin == plugin);
            let form = form.ok_or_else(|| Error::not_found("kind of source", plugin))?;
            shown.title = form.title.clone();
            shown.frame.said.retain(|(name, _)| !name.starts_with(SETTING));
            let rows = form.fields.iter().map(|field| (field.advanced, FieldRow::new(field, said)));
            for (advanced, row) in rows {
                if advanced { shown.more.push(row) } else { shown.fields.push(row) }
            }
        }
        "urls" => shown.title = "Which files?".to_owned(),
        "empty" => shown.title = "Space to write in".to_owned(),
        _ => {
            shown.frame.problem = Some("Choose the type of source first: step 1.".to_owned());
        }
    }
    page(&shown)
}

/// Step 3: what is in it.
pub(crate) async fn content(
    State(gateway): State<Gateway>,
    RawQuery(query): RawQuery,
) -> Result<Response, ErrorPage> {
    let said = Parameters::of_query(query.as_deref());
    let mut frame = Frame::new(2, &said, &["include", "exclude"]);
    let found = match source_of(&gateway, &said, &mut frame).await? {
        Some(Source::Empty) | None => None,
        Some(source) => {
            let counted = gateway.volumes.estimate(&gateway.principal, &source).await;
            frame.taken(counted)?.map(Found::from)
        }
    };
    let shown = ContentPage {
        chrome: Chrome::at(&gateway, "volumes"),
        tree: said.shown("type") == "tree",
        include: lines(&said, "include"),
        exclude: lines(&said, "exclude"),
        frame,
        found,
    };
    Ok(page(&shown)?)
}

/// Step 4: how, and under which name.
pub(crate) async fn mode(
    State(gateway): State<Gateway>,
    RawQuery(query): RawQuery,
) -> Result<Response, ErrorPage> {
    let said = Parameters::of_query(query.as_deref());
    let mut frame = Frame::new(3, &said, &["title", "name"]);
    let source = source_of(&gateway, &said, &mut frame).await?;
    Ok(page(&ModePage {
        chrome: Chrome::at(&gateway, "volumes"),
        frame,
        title: said.shown("title").to_owned(),
        name: said.shown("name").to_owned(),
        empty: source == Some(Source::Empty),
    })?)
}

/// Step 5: what is about to be made.
pub(crate) async fn review(
    State(gateway): State<Gateway>,
    RawQuery(query): RawQuery,
) -> Result<Response, ErrorPage> {
    let said = Parameters::of_query(query.as_deref());
    let mut frame = Frame::new(4, &said, &[]);
    let mut facts = Vec::new();
    let mut notices = Vec::new();
    if let Some(source) = source_of(&gateway, &said, &mut frame).await? {
        facts.push(("Source", described(&source)));
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
    let (usage, quota) = gateway.labs.usage(&gateway.principal).await?;
    let quota = format!(
        "You use {} of {} and {} of {} volumes.",
        words::size(usage.volume_bytes),
        words::size(quota.volume_bytes),
        usage.volumes,
        quota.volumes
    );
    Ok(page(&ReviewPage {
        chrome: Chrome::at(&gateway, "volumes"),
        frame,
        facts,
        notices,
        quota,
        key: super::new_key(),
    })?)
}

/// Makes it.
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    form: RawForm,
) -> Result<Response, ErrorPage> {
    let said = read(&form);
    let source = draft(&said).read(&gateway).await?;
    let new = NewVolume {
        name: said.shown("name").to_owned(),
        title: said.shown("title").to_owned(),
        writable: source == Source::Empty,
        source,
        mode: Mode::Copy,
    };
    let key = said.one("key")?;
    let volume = gateway.volumes.create(&gateway.principal, new, key).await?;
    Ok(volumes::to(&volume.id))
}

/// What was said of the source.
fn draft(said: &Parameters) -> SaidSource {
    let text = |name: &str| Some(said.shown(name).to_owned()).filter(|text| !text.is_empty());
    let split = |name: &str| -> Vec<String> {
        let lines = said.all(name).flat_map(str::lines).map(str::trim);
        lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    let nothing = SaidSource::default();
    match said.shown("type") {
        "collection" => SaidSource {
            chosen: Chosen { collection: text("collection"), ..Chosen::default() },
            ..nothing
        },
        "selection" => SaidSource {
            chosen: Chosen { selection: text("selection"), ..Chosen::default() },
            ..nothing
        },
        "tree" => {
            let settings = said.pairs().filter_map(|(name, value)| {
                Some((name.strip_prefix(SETTING)?.to_owned(), value.to_owned()))
            });
            let tree = SaidTree {
                preset: text("preset"),
                plugin: text("plugin"),
                settings: settings.collect(),
                include: split("include"),
                exclude: split("exclude"),
            };
            SaidSource { tree: Some(tree), ..nothing }
        }
        "urls" => SaidSource { urls: Some(split("urls")), ..nothing },
        "empty" => SaidSource { empty: true, ..nothing },
        _ => nothing,
    }
}

/// The source as it was said so far; what is wrong with it is shown on the page.
async fn source_of(
    gateway: &Gateway,
    said: &Parameters,
    frame: &mut Frame,
) -> Result<Option<Source>, Error> {
    if said.shown("type").is_empty() {
        frame.problem = Some("Choose the type of source first: step 1.".to_owned());
        return Ok(None);
    }
    let source = draft(said).read(gateway).await;
    frame.taken(source)
}

fn described(source: &Source) -> String {
    match source {
        Source::Collection(id) => format!("collection {id}"),
        Source::Selection(members) => super::labs::described(&DataChoice::Members(members.clone())),
        Source::Tree { preset: Some(preset), .. } => format!("preset {preset}"),
        Source::Tree { plugin, settings, .. } => {
            let first = settings.iter().find(|(_, value)| value.contains("://"));
            format!("{plugin}: {}", first.map_or("", |(_, value)| value.as_str()))
        }
        Source::Urls(urls) => format!("{} URLs", urls.len()),
        Source::Empty => "nothing: space to write in".to_owned(),
    }
}

fn lines(said: &Parameters, name: &str) -> String {
    said.all(name).collect::<Vec<_>>().join("\n")
}

impl Frame {
    /// Of step `current`; `asked` are the names that its page asks for itself.
    fn new(current: usize, said: &Parameters, asked: &[&str]) -> Self {
        let pairs: Vec<(&str, &str)> = said.pairs().filter(|(name, _)| *name != "key").collect();
        let query = url_of::query(pairs.iter().copied());
        let steps = STEPS.iter().enumerate().map(|(number, (path, name))| Step {
            // One can go back to what was said, and not past what was not.
            href: (number < current).then(|| format!("{path}?{query}")),
            name,
            current: number == current,
        });
        let own = |(name, _): &&(&str, &str)| !asked.contains(name);
        let said = pairs.iter().filter(own).map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Self { steps: steps.collect(), said: said.collect(), problem: None }
    }

    /// What was found; a mistake of what was said is shown on the page, another error is one.
    fn taken<T>(&mut self, found: Result<T, Error>) -> Result<Option<T>, Error> {
        match found {
            Ok(found) => Ok(Some(found)),
            Err(error)
                if matches!(error, Error::NotFound { .. })
                    || error::parameter(&error).is_some() =>
            {
                self.problem = Some(error.to_string());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

impl FieldRow {
    fn new(field: &archway_core::volumes::Field, said: &Parameters) -> Self {
        let name = format!("{SETTING}{}", field.key);
        let given = said.shown(&name).to_owned();
        let value =
            if given.is_empty() { field.default.clone().unwrap_or_default() } else { given };
        let range = |low: Option<String>, high: Option<String>| {
            (low.unwrap_or_default(), high.unwrap_or_default())
        };
        let text = |number: &Option<f64>| number.map(|number| number.to_string());
        let (min, max) = match &field.kind {
            FieldKind::Integer { min, max } => {
                range(min.map(|n| n.to_string()), max.map(|n| n.to_string()))
            }
            FieldKind::Real { min, max } => range(text(min), text(max)),
            _ => range(None, None),
        };
        let choices = match &field.kind {
            FieldKind::Choice(choices) => choices.clone(),
            FieldKind::Boolean => vec!["true".to_owned(), "false".to_owned()],
            _ => Vec::new(),
        };
        Self {
            name,
            label: field.key.replace('_', " "),
            help: field.help.clone(),
            required: field.required,
            input: match &field.kind {
                FieldKind::Text => "text",
                FieldKind::Url => "url",
                FieldKind::Integer { .. } | FieldKind::Real { .. } => "number",
                FieldKind::Boolean | FieldKind::Choice(_) => "choice",
                FieldKind::List => "lines",
            },
            choices: choices.into_iter().map(|choice| (choice.clone(), choice == value)).collect(),
            value,
            min,
            max,
        }
    }
}

impl From<Estimate> for Found {
    fn from(estimate: Estimate) -> Self {
        let least = if estimate.complete { "" } else { "at least " };
        let mut headline = format!(
            "{least}{} files, {}",
            words::grouped(estimate.files),
            words::size(estimate.bytes)
        );
        if estimate.unknown_sizes > 0 {
            let unknown = words::grouped(estimate.unknown_sizes);
            headline.push_str(&format!(" and {unknown} files whose size nobody says"));
        }
        Self { headline, samples: estimate.samples, missing: estimate.missing }
    }
}
