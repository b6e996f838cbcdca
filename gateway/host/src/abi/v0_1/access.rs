//! Ways to the bytes.

use archway_core::access::{FtpSecurity, FtpWay, HttpWay, Parameter, Route, ServiceWay, Way};

use super::archway::archive::tabular::ElementKind;
use super::archway::host::http::{Header, Method};
use super::asset::{checksum, size};
use super::checked::{
    Checked, LINE, Lie, NAME, PROSE, each, name, some, some_instant, text, texts, url,
};
use super::wit;

/// Most bytes that a way may hold itself.
const INLINE: usize = 4 * 1024 * 1024;

pub(super) fn way(way: wit::Way) -> Checked<Way> {
    Ok(Way {
        route: route(way.route)?,
        role: text("way.role", way.role, NAME)?,
        description: some("way.description", way.description, PROSE)?,
        media_type: some("way.media-type", way.media_type, NAME)?,
        size: way.size.map(size),
        checksums: each("way.checksums", way.checksums, checksum)?,
        expires: some_instant("way.expires", way.expires)?,
    })
}

fn route(route: wit::Route) -> Checked<Route> {
    Ok(match route {
        wit::Route::Http(way) => Route::Http(HttpWay {
            method: method(way.method)?,
            url: web_url(way.url)?,
            headers: each("way.headers", way.headers, header)?,
            credential: some("way.credential", way.credential, NAME)?,
            ranges: way.ranges,
        }),
        wit::Route::Ftp(way) => Route::Ftp(FtpWay {
            host: name("way.host", way.host)?,
            port: way.port,
            path: path(way.path)?,
            security: match way.security {
                wit::FtpSecurity::Plain => FtpSecurity::Plain,
                wit::FtpSecurity::ExplicitTls => FtpSecurity::ExplicitTls,
                wit::FtpSecurity::ImplicitTls => FtpSecurity::ImplicitTls,
            },
            credential: some("way.credential", way.credential, NAME)?,
        }),
        wit::Route::Service(way) => Route::Service(ServiceWay {
            url: web_url(way.url)?,
            method: method(way.method)?,
            standard_id: some("way.standard-id", way.standard_id, NAME)?,
            title: some("way.title", way.title, LINE)?,
            parameters: each("way.parameters", way.parameters, parameter)?,
            credential: some("way.credential", way.credential, NAME)?,
            asynchronous: way.asynchronous,
        }),
        wit::Route::ViaPlugin(locator) => Route::ViaPlugin(text("way.via-plugin", locator, LINE)?),
        wit::Route::Inline(bytes) if bytes.len() > INLINE => {
            let found = format!("{} bytes long", bytes.len());
            return Err(Lie::new("way.inline", found, format!("more than {INLINE}")));
        }
        wit::Route::Inline(bytes) => Route::Inline(bytes.into()),
    })
}

/// The host makes this request itself, so only what changes nothing and what asks.
fn method(method: Method) -> Checked<String> {
    match method {
        Method::Get => Ok("GET".to_owned()),
        Method::Post => Ok("POST".to_owned()),
        other => Err(Lie::new("way.method", format!("{other:?}"), "neither GET nor POST")),
    }
}

fn web_url(text: String) -> Checked<String> {
    let url = url("way.url", text)?;
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") {
        Ok(url)
    } else {
        Err(Lie::new("way.url", format!("`{url}`"), "neither http nor https"))
    }
}

/// FTP ends a command with a line break.
fn path(path: String) -> Checked<String> {
    if path.chars().any(char::is_control) {
        return Err(Lie::new("way.path", path.escape_debug(), "with a control character"));
    }
    text("way.path", path, LINE)
}

fn header(header: Header) -> Checked<(String, String)> {
    if header.value.chars().any(char::is_control) {
        return Err(Lie::new(
            "way.headers",
            header.value.escape_debug(),
            "with a control character",
        ));
    }
    Ok((name("way.headers", header.name)?, text("way.headers", header.value, LINE)?))
}

fn parameter(parameter: wit::Parameter) -> Checked<Parameter> {
    Ok(Parameter {
        name: name("parameter.name", parameter.name)?,
        element: element(parameter.element).to_owned(),
        array_size: some("parameter.array-size", parameter.array_size, NAME)?,
        unit: some("parameter.unit", parameter.unit, NAME)?,
        ucd: some("parameter.ucd", parameter.ucd, NAME)?,
        xtype: some("parameter.xtype", parameter.xtype, NAME)?,
        description: some("parameter.description", parameter.description, PROSE)?,
        required: parameter.required,
        fixed_value: some("parameter.fixed-value", parameter.fixed_value, LINE)?,
        minimum: some("parameter.minimum", parameter.minimum, NAME)?,
        maximum: some("parameter.maximum", parameter.maximum, NAME)?,
        choices: texts("parameter.choices", parameter.choices)?,
    })
}

fn element(kind: ElementKind) -> &'static str {
    match kind {
        ElementKind::Boolean => "boolean",
        ElementKind::Unsigned8 => "unsigned8",
        ElementKind::Signed16 => "signed16",
        ElementKind::Signed32 => "signed32",
        ElementKind::Signed64 => "signed64",
        ElementKind::Float32 => "float32",
        ElementKind::Float64 => "float64",
        ElementKind::Instant => "instant",
        ElementKind::Text => "text",
        ElementKind::Binary => "binary",
    }
}
