//! Routes: a path and its methods, each traced under the path's pattern; any other method is 405 with `Allow`.

use actix_web::dev::HttpServiceFactory;
use actix_web::http::Method;
use actix_web::{Handler, Responder, Route, web};

use super::{ApiError, Observer, Trace};

/// The methods of one path.
pub struct Methods {
    routes: Vec<(Method, Route)>,
}

impl Methods {
    /// Begins with one method.
    pub fn on<F, Args>(method: Method, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: actix_web::FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self { routes: Vec::new() }.and(method, handler)
    }

    /// Adds one more.
    #[must_use]
    pub fn and<F, Args>(mut self, method: Method, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: actix_web::FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let route = web::method(method.clone()).to(handler.clone());
        // Whoever may GET may HEAD (RFC 9110, 9.3.2); the server leaves the body out.
        if method == Method::GET {
            self.routes
                .push((Method::HEAD, web::method(Method::HEAD).to(handler)));
        }
        self.routes.push((method, route));
        self
    }
}

/// The service of one path.
#[must_use]
pub fn route(
    path: &'static str,
    methods: Methods,
    observer: &Observer,
) -> impl HttpServiceFactory + use<> {
    let mut names: Vec<_> = methods
        .routes
        .iter()
        .map(|(method, _)| method.as_str().to_owned())
        .collect();
    names.sort();
    // Set-up runs once for each worker, so this is a bounded number of short texts.
    let allow: &'static str = String::leak(names.join(", "));
    let mut resource = web::resource(path);
    for (_, route) in methods.routes {
        resource = resource.route(route);
    }
    resource
        .default_service(web::to(move || async move {
            Err::<actix_web::HttpResponse, _>(ApiError::method_not_allowed(allow))
        }))
        .wrap(Trace::new(path, observer))
}

/// What no path matches.
pub async fn unmatched() -> Result<actix_web::HttpResponse, ApiError> {
    Err(ApiError::not_found())
}
