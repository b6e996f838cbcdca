//! Forms of a page, filled in and sent as a browser without JavaScript does it.

use archway_web::router;
use axum::Router;
use axum::http::Request;

use crate::gateway::{Answer, call, send};

pub(crate) const HOST: &str = "localhost:8470";

/// A form with what it would send.
#[derive(Debug)]
pub(crate) struct Form {
    action: String,
    posts: bool,
    pairs: Vec<(String, String)>,
    /// Of the button that posts.
    token: Option<String>,
    /// What the browser that was shown the page keeps.
    cookie: String,
}

impl Form {
    /// The form of the page that is sent to `action`, with what is outside of it and belongs to
    /// it.
    #[track_caller]
    pub(crate) fn of(page: &Answer, action: &str) -> Self {
        let html = &page.body;
        let mut forms = html.match_indices("<form").map(|(at, _)| {
            let rest = &html[at..];
            &rest[..rest.find("</form>").unwrap_or(rest.len())]
        });
        let own = |form: &&str| attribute(tag(form), "action").as_deref() == Some(action);
        let form = forms.find(own).unwrap_or_else(|| panic!("no form to {action} in {html}"));
        let id = attribute(tag(form), "id");
        let mut pairs = controls(form);
        if let Some(id) = id {
            let outside = html.match_indices("<input").map(|(at, _)| tag(&html[at..]));
            let outside = outside.filter(|tag| attribute(tag, "form").as_deref() == Some(&*id));
            pairs.extend(outside.filter_map(sent));
        }
        let posts = attribute(tag(form), "method").as_deref() == Some("post");
        let mut buttons = form.match_indices("<button").map(|(at, _)| tag(&form[at..]));
        let signs = buttons.find(|tag| attribute(tag, "name").as_deref() == Some("token"));
        let token = signs.and_then(|tag| attribute(tag, "value"));
        let cookie = page.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
        Self { action: action.to_owned(), posts, pairs, token, cookie }
    }

    /// With `name` filled in.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.pairs.retain(|(own, _)| own != name);
        self.also(name, value)
    }

    /// With one more value of `name`: a tick, or the button that is pressed.
    pub(crate) fn also(mut self, name: &str, value: &str) -> Self {
        self.pairs.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sent by a button that posts it elsewhere.
    pub(crate) fn posted_to(mut self, action: &str) -> Self {
        (self.action, self.posts) = (action.to_owned(), true);
        self
    }

    pub(crate) fn value(&self, name: &str) -> Vec<&str> {
        let own = self.pairs.iter().filter(|(own, _)| own == name);
        own.map(|(_, value)| value.as_str()).collect()
    }

    /// Sends it, and returns what answers first.
    pub(crate) async fn send(&self, service: &Router) -> Answer {
        let pairs = self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        if !self.posts {
            return call(service, "GET", &format!("{}?{}", self.action, encoded(pairs))).await;
        }
        let token = self.token.iter().map(|token| ("token", token.as_str()));
        post(service, &self.action, &self.cookie, &encoded(pairs.chain(token))).await
    }

    /// What shows that it was on a page of ours.
    pub(crate) fn token(&self) -> &str {
        let hidden = self.value("token").first().copied();
        hidden.or(self.token.as_deref()).unwrap_or_default()
    }

    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Sends it, and goes where that leads.
    pub(crate) async fn follow(&self, service: &Router) -> (String, Answer) {
        let answer = self.send(service).await;
        assert_eq!(answer.status, 303, "{self:?}\n{}", answer.body);
        let place = answer.header("location").to_owned();
        let page = call(service, "GET", &place).await;
        assert_eq!(page.status, 200, "{place}\n{}", page.body);
        (place, page)
    }
}

/// Posts a form as our own page does, whatever is in it.
pub(crate) async fn post_form(service: &Router, uri: &str, body: &str) -> Answer {
    let any = Form::of(&call(service, "GET", "/labs/new").await, "/labs");
    post(service, uri, any.cookie(), &format!("token={}&{body}", any.token())).await
}

/// Posts a form of our own origin, with the cookie of a browser.
pub(crate) async fn post(service: &Router, uri: &str, cookie: &str, body: &str) -> Answer {
    let request = Request::post(uri)
        .header("host", HOST)
        .header("cookie", cookie)
        .header("origin", format!("http://{HOST}"))
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded");
    send(service.clone(), request, body).await
}

pub(crate) async fn page(gateway: archway_web::Gateway, uri: &str) -> Answer {
    call(&router(gateway), "GET", uri).await
}

pub(crate) fn encoded<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(pairs);
    text.finish()
}

/// The controls of a form, without those that send nothing.
fn controls(form: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (at, _) in form.match_indices('<') {
        let rest = &form[at..];
        if rest.starts_with("<input") {
            pairs.extend(sent(tag(rest)));
        } else if rest.starts_with("<textarea") {
            let name = attribute(tag(rest), "name").unwrap_or_default();
            let text = rest.split_once('>').map_or("", |(_, behind)| behind);
            pairs.push((name, plain(text.split("</textarea>").next().unwrap_or_default())));
        } else if rest.starts_with("<select") {
            let name = attribute(tag(rest), "name").unwrap_or_default();
            let inside = rest.split("</select>").next().unwrap_or_default();
            let options: Vec<&str> =
                inside.match_indices("<option").map(|(at, _)| tag(&inside[at..])).collect();
            let chosen = options.iter().find(|tag| tag.ends_with(" selected"));
            let value = chosen.or(options.first()).and_then(|tag| attribute(tag, "value"));
            pairs.extend(value.map(|value| (name, value)));
        }
    }
    pairs
}

/// What an input sends: nothing unless it is ticked, where it can be.
fn sent(tag: &str) -> Option<(String, String)> {
    let name = attribute(tag, "name")?;
    let ticks = matches!(attribute(tag, "type").as_deref(), Some("checkbox" | "radio"));
    let value = attribute(tag, "value").unwrap_or_default();
    (!ticks || tag.contains(" checked")).then_some((name, value))
}

fn tag(html: &str) -> &str {
    html.split('>').next().unwrap_or_default()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, behind) = tag.split_once(&format!(" {name}=\""))?;
    behind.split('"').next().map(plain)
}

/// Text as it was before it was escaped.
pub(crate) fn plain(html: &str) -> String {
    let marks = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    marks.iter().fold(html.to_owned(), |text, (mark, letter)| text.replace(mark, letter))
}
