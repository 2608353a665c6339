//! Routes. A feature lists its endpoints once, in `http.rs`. The server, `Allow`, the labels of the
//! metrics and the OpenAPI document are derived from that list.

use std::sync::Arc;

use actix_web::dev::HttpServiceFactory;
use actix_web::guard;
use actix_web::http::Method;
use actix_web::web::Data;
use actix_web::{FromRequest, Handler, Responder, Route, web};
use utoipa::openapi::{OpenApi, PathItem};

use super::{ApiError, Observer, ShowFault, Surface, Trace, cors};
use crate::app::App;

/// Makes a worker's own copy of a route, because threads cannot share routes.
type MakeRoute = Box<dyn Fn(Method) -> Route + Send + Sync>;

/// One operation: its path, its method, its handler, and its part of the OpenAPI document.
pub struct Endpoint {
    path: &'static str,
    method: Method,
    document: Option<OpenApi>,
    make: MakeRoute,
}

impl Endpoint {
    /// Returns an endpoint that the OpenAPI document describes. [`endpoints!`] calls this with a
    /// document of one operation, which has the path and the method from the handler's
    /// `#[utoipa::path]`.
    pub(crate) fn described<F, Args>(document: OpenApi, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let operation = document.paths.paths.iter().next();
        let (path, method) = operation.map_or((String::new(), Method::GET), |(path, item)| {
            (path.clone(), method(item))
        });
        Self {
            document: Some(document),
            // Leaking the path is harmless: the list of endpoints is made once.
            ..Self::hidden(path.leak(), method, handler)
        }
    }

    /// Returns an endpoint that is not in the OpenAPI document.
    pub fn hidden<F, Args>(path: &'static str, method: Method, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let make = move |method: Method| {
            // `web::method` would also store the method in the request, which costs two
            // allocations.
            web::route()
                .guard(guard::fn_guard(move |context| {
                    context.head().method == method
                }))
                .to(handler.clone())
        };
        Self {
            path,
            method,
            document: None,
            make: Box::new(make),
        }
    }

    /// Returns an endpoint for browsers that answers GET with a page or a file.
    pub fn page<F, Args>(path: &'static str, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self::hidden(path, Method::GET, handler)
    }

    /// Returns an endpoint for browsers that takes a form (POST).
    pub fn form<F, Args>(path: &'static str, handler: F) -> Self
    where
        F: Handler<Args> + Send + Sync,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self::hidden(path, Method::POST, handler)
    }

    /// Returns the endpoint's part of the OpenAPI document. `None` if it is not in the document.
    #[must_use]
    pub const fn document(&self) -> Option<&OpenApi> {
        self.document.as_ref()
    }
}

/// Returns the method of a path's only operation.
const fn method(item: &PathItem) -> Method {
    if item.post.is_some() {
        Method::POST
    } else if item.patch.is_some() {
        Method::PATCH
    } else if item.put.is_some() {
        Method::PUT
    } else if item.delete.is_some() {
        Method::DELETE
    } else {
        Method::GET
    }
}

/// Makes [`Endpoint`]s from handlers that have a `#[utoipa::path]`.
macro_rules! endpoints {
    ($($($part:ident)::+),+ $(,)?) => {
        vec![$({
            #[derive(utoipa::OpenApi)]
            #[openapi(paths($($part)::+))]
            struct Described;
            $crate::http::Endpoint::described(
                <Described as utoipa::OpenApi>::openapi(),
                $($part)::+,
            )
        }),+]
    };
}
pub(crate) use endpoints;

/// The endpoints of one feature on one surface.
pub struct Routes {
    surface: Surface,
    show_fault: Option<ShowFault>,
    terms: Terms,
    endpoints: Vec<Endpoint>,
}

/// What else holds for the paths of a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Terms {
    /// Whether scripts of every origin may call them.
    cross_origin: bool,
    /// Whether they exist only if the service has an issuer for OAuth.
    of_oauth: bool,
}

impl Routes {
    /// Returns routes to these endpoints. Their errors have the shape of the surface.
    #[must_use]
    pub fn new(surface: Surface, endpoints: Vec<Endpoint>) -> Self {
        Self {
            surface,
            show_fault: None,
            terms: Terms::default(),
            endpoints,
        }
    }

    /// Renders errors with this function instead of the surface.
    #[must_use]
    pub fn showing_faults(mut self, show: ShowFault) -> Self {
        self.show_fault = Some(show);
        self
    }

    /// Lets scripts of every origin call these paths (WHATWG Fetch, CORS), errors included.
    #[must_use]
    pub fn cross_origin(mut self) -> Self {
        self.terms.cross_origin = true;
        self
    }

    /// Makes these paths exist only if the service has an issuer for OAuth
    /// (`oauth.issuer`). Without one, each of them is 404.
    #[must_use]
    pub fn of_oauth(mut self) -> Self {
        self.terms.of_oauth = true;
        self
    }
}

/// All endpoints of one path. The response to any other method is 405 with `Allow`.
pub struct Resource {
    path: &'static str,
    surface: Surface,
    show_fault: Option<ShowFault>,
    terms: Terms,
    allow: &'static str,
    endpoints: Vec<Endpoint>,
}

impl Resource {
    /// Groups the endpoints by path, in the order in which the paths first occur, those without a
    /// parameter first. The router tries them in this order, and a path with a parameter costs it a
    /// regular expression. What holds for a path is that of the first endpoint on it, so features that
    /// share a path must say the same about it.
    #[must_use]
    pub fn gather(routes: Vec<Routes>) -> Vec<Self> {
        let mut resources: Vec<Self> = Vec::new();
        for Routes {
            surface,
            show_fault,
            terms,
            endpoints,
        } in routes
        {
            for endpoint in endpoints {
                let known = resources.iter_mut().find(|one| one.path == endpoint.path);
                if let Some(resource) = known {
                    debug_assert!(
                        resource.surface == surface
                            && resource.terms == terms
                            && resource.show_fault.is_some() == show_fault.is_some(),
                        "features disagree about {}",
                        endpoint.path
                    );
                    resource.endpoints.push(endpoint);
                } else {
                    resources.push(Self {
                        path: endpoint.path,
                        surface,
                        show_fault,
                        terms,
                        allow: "",
                        endpoints: vec![endpoint],
                    });
                }
            }
        }
        for resource in &mut resources {
            let mut names: Vec<_> = resource.methods().map(|(method, _)| method).collect();
            if resource.terms.cross_origin {
                names.push(Method::OPTIONS);
            }
            names.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
            let names: Vec<_> = names.iter().map(Method::as_str).collect();
            resource.allow = names.join(", ").leak();
        }
        resources.sort_by_key(|resource| resource.path.contains('{'));
        resources
    }

    /// Returns the path, with the names of parameters in braces.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// Returns the supported methods in alphabetical order, as the value of `Allow`.
    #[must_use]
    pub const fn allow(&self) -> &'static str {
        self.allow
    }

    /// Returns the surface, which decides the shape of errors.
    #[must_use]
    pub const fn surface(&self) -> Surface {
        self.surface
    }

    /// Returns the endpoints of the path.
    #[must_use]
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// Returns each method with its endpoint. A path that supports GET supports HEAD as well (RFC
    /// 9110, section 9.3.2); the server leaves the body out.
    fn methods(&self) -> impl Iterator<Item = (Method, &Endpoint)> {
        self.endpoints.iter().flat_map(|endpoint| {
            let head = (endpoint.method == Method::GET).then_some((Method::HEAD, endpoint));
            [Some((endpoint.method.clone(), endpoint)), head]
                .into_iter()
                .flatten()
        })
    }

    /// Makes the service of this path for one worker.
    #[must_use]
    pub fn service(&self, observer: &Observer) -> impl HttpServiceFactory + use<> {
        let allow = self.allow;
        let mut resource = web::resource(self.path);
        for (method, endpoint) in self.methods() {
            resource = resource.route((endpoint.make)(method));
        }
        if self.terms.cross_origin {
            let preflight = move || async move { cors::preflight(allow) };
            resource = resource.route(web::route().guard(guard::Options()).to(preflight));
        }
        if self.terms.of_oauth {
            resource = resource.guard(guard::fn_guard(|context| {
                let app = context.app_data::<Data<Arc<App>>>();
                app.is_some_and(|app| app.settings.oauth_issuer.is_some())
            }));
        }
        resource
            .default_service(web::to(move || async move {
                Err::<actix_web::HttpResponse, _>(ApiError::method_not_allowed(allow))
            }))
            .wrap(
                Trace::new(self.path, self.surface, observer)
                    .showing(self.show_fault)
                    .cross_origin(self.terms.cross_origin),
            )
    }
}

#[cfg(test)]
mod tests;
