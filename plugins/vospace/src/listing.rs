//! The children of one container, page after page (`VOSpace` 2.1, 6.3.1).
//!
//! Called by `walk.rs`. Rules: a page begins at the last child of the one before, which is then
//! passed over; children are read as they are wanted. A page may be shorter than asked for,
//! because services have limits of their own: a short one that is not small is followed by a
//! question whether that was all. Pages that do not go on, or come round again, are an error,
//! never an end.

use std::io::Read;

use archway_formats::vospace::{Node, NodeReader, NodeUri};
use archway_plugin::host::Level;
use archway_plugin::{Error, Host, Request};

use crate::reply;
use crate::service::Service;

/// A page of fewer nodes than asked for, and than these, is the last one: no service in use has
/// so small a limit of its own.
const SMALL_PAGE: usize = 100;

/// Pulls children.
pub(crate) struct Listing {
    url: String,
    /// For messages.
    container: String,
    /// The first child of all, where the listing began there.
    first: Option<String>,
    /// The child read last.
    last: Option<String>,
    /// Whether `last` comes from an earlier call.
    resumed: bool,
    page: Option<Page>,
    /// What the service has shown to be its own limit.
    full_page: usize,
    circle: Circle,
    done: bool,
}

struct Page {
    reader: NodeReader<Box<dyn Read>>,
    /// The child that the page was to begin with.
    from: Option<String>,
    nodes: usize,
    new: usize,
    /// Children up to this one are passed over: the service knows no pages.
    until: Option<String>,
}

/// Notices that pages come round again: remembers one end, a later one each time twice as many
/// pages have gone by (Brent's algorithm).
#[derive(Debug, Default)]
struct Circle {
    remembered: Option<String>,
    pages: u64,
    most: u64,
}

impl Circle {
    fn closes_at(&mut self, last: &str) -> bool {
        if self.remembered.as_deref() == Some(last) {
            return true;
        }
        self.pages += 1;
        if self.pages > self.most {
            self.most = self.pages * 2;
            self.pages = 0;
            self.remembered = Some(last.to_owned());
        }
        false
    }
}

impl Listing {
    /// Of a container, behind the child of that identifier.
    pub(crate) fn new(service: &Service, container: &NodeUri, after: Option<String>) -> Self {
        Self {
            url: service.nodes_url(container),
            container: container.to_string(),
            first: None,
            resumed: after.is_some(),
            last: after,
            page: None,
            full_page: service.settings.page_nodes,
            circle: Circle::default(),
            done: false,
        }
    }

    /// The child read last, as the service writes it.
    pub(crate) fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }

    /// The next child; `None` at the end.
    pub(crate) fn next(
        &mut self,
        host: &dyn Host,
        service: &Service,
    ) -> Result<Option<Node>, Error> {
        loop {
            if self.done {
                return Ok(None);
            }
            if self.page.is_none() {
                self.open(host, service)?;
            }
            let Some(page) = &mut self.page else { return Ok(None) };
            let child = page
                .reader
                .next_child()
                .map_err(|e| reply::unreadable(e, &self.container, "a VOSpace container"))?;
            let Some(child) = child else {
                if page.until.is_some() {
                    self.begin_again(host);
                } else {
                    self.close(service)?;
                }
                continue;
            };
            page.nodes += 1;
            if let Some(until) = &page.until {
                if *until == child.uri {
                    page.until = None;
                }
                continue;
            }
            if page.nodes == 1 && page.from.is_some() {
                if page.from.as_deref() == Some(child.uri.as_str()) {
                    continue;
                }
                if self.first.as_deref() == Some(child.uri.as_str()) {
                    return Err(self.stuck("its first page again"));
                }
            }
            page.new += 1;
            self.first.get_or_insert_with(|| child.uri.clone());
            self.last = Some(child.uri.clone());
            return Ok(Some(child));
        }
    }

    fn open(&mut self, host: &dyn Host, service: &Service) -> Result<(), Error> {
        let limit = service.settings.page_nodes.to_string();
        let mut parameters = Vec::new();
        parameters.extend(service.settings.detail.as_deref().map(|detail| ("detail", detail)));
        let from = self.last.clone().filter(|_| service.settings.paging);
        if service.settings.paging {
            parameters.push(("limit", limit.as_str()));
            parameters.extend(from.as_deref().map(|uri| ("uri", uri)));
        }
        let request = Request::get_with(&self.url, parameters);
        let request = request.credential(service.settings.credential.clone());
        let response = match reply::succeeded(host.send(request)?, &self.container, service.slot())
        {
            Err(Error::InvalidQuery(_) | Error::NotFound(_)) if self.resumed && from.is_some() => {
                self.begin_again(host);
                return self.open(host, service);
            }
            response => response?,
        };
        let reader = NodeReader::new(Box::new(response) as Box<dyn Read>, &reply::limits())
            .map_err(|e| reply::unreadable(e, &self.container, "a VOSpace container"))?;
        let until = self.last.clone().filter(|_| !service.settings.paging);
        self.page = Some(Page { reader, from, nodes: 0, new: 0, until });
        self.resumed = false;
        Ok(())
    }

    /// The child that an earlier call ended at is gone: rather some twice than some never.
    fn begin_again(&mut self, host: &dyn Host) {
        let fields = [("container", self.container.clone())];
        host.log(Level::Info, "a listing starts again, because where it stood is gone", &fields);
        (self.resumed, self.last, self.page) = (false, None, None);
    }

    /// Decides at the end of a page whether there is another.
    fn close(&mut self, service: &Service) -> Result<(), Error> {
        let Some(page) = self.page.take() else { return Ok(()) };
        if !service.settings.paging || page.new == 0 || page.nodes > service.settings.page_nodes {
            self.done = true;
            return Ok(());
        }
        let Some(last) = self.last.clone() else {
            self.done = true;
            return Ok(());
        };
        if page.nodes < self.full_page {
            if page.from.is_none() && page.nodes >= SMALL_PAGE {
                self.full_page = page.nodes;
            } else {
                self.done = true;
                return Ok(());
            }
        }
        if self.circle.closes_at(&last) {
            return Err(self.stuck("a page that came before"));
        }
        Ok(())
    }

    fn stuck(&self, received: &str) -> Error {
        Error::malformed(
            self.container.clone(),
            "children from the one named in `uri` on",
            received,
        )
    }
}
