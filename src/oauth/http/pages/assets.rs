//! The stylesheet of the pages.

use actix_web::HttpResponse;

use crate::http::{Anyone, ApiError, Call};
use crate::page::assets;

/// Path of what pages load.
pub(super) const PATH: &str = "/assets/{name}";

pub(super) async fn get(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    let path = PATH.replace("{name}", call.path("name"));
    let asset = assets::find(&path).ok_or_else(ApiError::not_found)?;
    let mut response = HttpResponse::Ok();
    for header in asset.headers {
        response.insert_header(header);
    }
    Ok(response.body(asset.content))
}
