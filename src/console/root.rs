//! Addresses without a page. The root of the service leads a browser to the console.

use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest, HttpResponse};

use super::answers::redirect;
use super::area::Area;
use super::gate;
use super::overview;
use super::platform::{self, visit::Admin};
use super::refusal::{Problem, Refusal};
use super::sent::Sent;
use super::visit::{Signed, Visit};
use crate::http::{Anyone, ApiError, Call, prefers};

/// Answers a request for a path that has no route: a browser is led from the root to the console, and
/// gets a page if the path is below the console. All others get the error of the API.
///
/// # Errors
/// 404.
pub async fn unmatched(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let by_browser = prefers(request.headers(), "text/html", "application/json");
    let reads = request.method() == Method::GET || request.method() == Method::HEAD;
    if !by_browser || !reads {
        return Err(ApiError::not_found());
    }
    // The path begins with a slash.
    if request.path().len() == 1 {
        return redirect(overview::PATH).map_err(|refusal| match refusal {
            Refusal::Fault(error) => error,
            Refusal::Problem(_) => ApiError::internal(),
        });
    }
    let below = request.path().strip_prefix(overview::PATH);
    if !below.is_some_and(|rest| rest.starts_with('/')) {
        return Err(ApiError::not_found());
    }
    let call = Call::<Anyone>::extract(&request).await?;
    let visit = Visit::read(&call, Sent::default())?;
    match visit.area {
        Area::Organization => {
            gate::show_to(visit, async |_: &Signed| Err(Problem::NotFound.into())).await
        }
        Area::Platform => {
            platform::gate::show_to(visit, async |_: &Admin| Err(Problem::NotFound.into())).await
        }
    }
}
