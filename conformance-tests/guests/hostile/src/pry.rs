//! Attempts to get at what is not given. Each ends in an error that says what it got.

use archway_plugin::Host;
use archway_plugin::http::Request;
use archway_plugin::types::Error;

/// Carries out the attempt of that name, if there is one.
pub(crate) fn at_once(host: &dyn Host, attempt: &str) -> Result<(), Error> {
    let base = host.text_setting("base_url").unwrap_or_default();
    let got = |request: Request| -> Result<(), Error> {
        let response = host.send(request)?;
        Err(Error::Internal(format!("got {}", response.status)))
    };
    match attempt {
        "ungranted" => got(Request::get("https://ungranted.example.org/")),
        "metadata" => got(Request::get("http://169.254.169.254/latest/meta-data/")),
        "header" => got(Request::get(base).header("Authorization", "Basic eDp5")),
        "slot" => got(Request::get(base).credential(Some("somebody-elses".to_owned()))),
        "hang" => got(Request::get(base)),
        "system" => Err(Error::Internal(system())),
        _ => Ok(()),
    }
}

/// What a program usually finds around it.
fn system() -> String {
    let files = match std::fs::read_dir("/") {
        Ok(entries) => format!("{} files", entries.count()),
        Err(error) => format!("no files ({:?})", error.kind()),
    };
    let written = std::fs::write("/tmp/x", "x").map_err(|e| e.kind());
    let thread = std::thread::Builder::new().spawn(|| {}).map(|_| ()).map_err(|e| e.kind());
    format!(
        "{files}, writing {written:?}, {} variables, {} arguments, thread {thread:?}",
        std::env::vars().count(),
        std::env::args().count(),
    )
}
