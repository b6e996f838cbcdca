//! A way to the bytes of an asset, as JSON: never a credential, never a plugin's locator.

use archway_core::access::{FtpSecurity, Route, Way};
use archway_core::asset::SizeQuality;
use archway_core::coverage::Instant;
use serde::Serialize;
use utoipa::ToSchema;

/// One way to bytes of an asset.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccessView {
    /// `http`, `ftp`, `service`, `gateway` (only through this gateway) or `inline`.
    #[schema(example = "http")]
    route: &'static str,
    /// Where; `null` where only the gateway can reach it.
    url: Option<String>,
    /// `GET` or `POST`; `null` for routes without.
    method: Option<String>,
    /// Whether byte ranges work; `null` where that is not known.
    ranges: Option<bool>,
    /// Whether the archive wants a credential that only the gateway has.
    needs_credential: bool,
    /// IVOA standard identifier of a service.
    standard_id: Option<String>,
    /// Parameters of a service.
    parameters: Vec<ServiceParameterView>,
    /// `DataLink` term.
    #[schema(example = "#this")]
    role: String,
    /// For people.
    description: Option<String>,
    /// Of the bytes.
    media_type: Option<String>,
    /// Of the bytes.
    size_bytes: Option<u64>,
    /// Whether the size is right to the byte; `null` without a size.
    size_exact: Option<bool>,
    /// After this, ask again; RFC 3339 UTC.
    expires: Option<String>,
}

/// An input of a service.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ServiceParameterView {
    name: String,
    /// `VOUnit`.
    unit: Option<String>,
    ucd: Option<String>,
    /// For people.
    description: Option<String>,
    required: bool,
    /// Sent as it is.
    fixed_value: Option<String>,
    minimum: Option<String>,
    maximum: Option<String>,
    /// The only values, when there are any.
    choices: Vec<String>,
}

impl From<&Way> for AccessView {
    fn from(way: &Way) -> Self {
        let mut view = Self {
            route: "inline",
            url: None,
            method: None,
            ranges: None,
            needs_credential: false,
            standard_id: None,
            parameters: Vec::new(),
            role: way.role.clone(),
            description: way.description.clone(),
            media_type: way.media_type.clone(),
            size_bytes: way.size.map(|size| size.bytes),
            size_exact: way.size.map(|size| size.quality == SizeQuality::Exact),
            expires: way.expires.map(Instant::to_rfc3339),
        };
        match &way.route {
            Route::Http(http) => {
                view.route = "http";
                view.url = Some(http.url.clone());
                view.method = Some(http.method.clone());
                view.ranges = Some(http.ranges);
                view.needs_credential = http.credential.is_some();
            }
            Route::Ftp(ftp) => {
                view.route = "ftp";
                let scheme = match ftp.security {
                    FtpSecurity::Plain | FtpSecurity::ExplicitTls => "ftp",
                    FtpSecurity::ImplicitTls => "ftps",
                };
                let path = ftp.path.trim_start_matches('/');
                view.url = Some(format!("{scheme}://{}:{}/{path}", ftp.host, ftp.port));
                view.needs_credential = ftp.credential.is_some();
            }
            Route::Service(service) => {
                view.route = "service";
                view.url = Some(service.url.clone());
                view.method = Some(service.method.clone());
                view.standard_id = service.standard_id.clone();
                view.needs_credential = service.credential.is_some();
                view.description = view.description.or_else(|| service.title.clone());
                view.parameters = service
                    .parameters
                    .iter()
                    .map(|parameter| ServiceParameterView {
                        name: parameter.name.clone(),
                        unit: parameter.unit.clone(),
                        ucd: parameter.ucd.clone(),
                        description: parameter.description.clone(),
                        required: parameter.required,
                        fixed_value: parameter.fixed_value.clone(),
                        minimum: parameter.minimum.clone(),
                        maximum: parameter.maximum.clone(),
                        choices: parameter.choices.clone(),
                    })
                    .collect();
            }
            Route::ViaPlugin(_) => view.route = "gateway",
            Route::Inline(bytes) => {
                view.size_bytes = view.size_bytes.or(Some(bytes.len() as u64));
            }
        }
        view
    }
}
