//! Applying what was checked.

use actix_web::http::StatusCode;

use super::{job, shown};
use crate::base::ImportId;
use crate::console::answers::Page;
use crate::console::gate;
use crate::console::page::{FormError, Notice, Phrase};
use crate::console::refusal::{Problem, Refusal};
use crate::console::visit::{Outcome, Signed};
use crate::db::{Conn, Error};
use crate::operator::import::{self, MOST_AT_ONCE, StartError, Summary};
use crate::revocation;

/// Applies an import: at once if one transaction can, else as a job.
pub(super) async fn apply(signed: &Signed) -> Outcome {
    let Ok(id) = signed.sent.text("import").parse::<ImportId>() else {
        return gate::unknown_button();
    };
    // Before anything is said about the lines, which the person then sees again.
    if let Some(asked) = gate::ask_proof(signed) {
        return asked;
    }
    let Some((found, lines)) = shown::open(signed, id).await? else {
        return over(signed);
    };
    let summary = Summary::of(&lines);
    if summary.errors > 0 && !signed.sent.is_ticked("skip_faults") {
        let error = FormError::of(signed.language(), Some("skip_faults"), "import-has-faults");
        let page = shown::page(signed, &signed.sent, id, Vec::new(), vec![error]).await?;
        return signed.answer(&page);
    }
    let (organization, origin, now) = (signed.organization(), signed.origin.clone(), signed.now);
    let start = move |conn: &mut Conn| import::claim(conn, organization, id, &origin, now);
    match signed.app.db.write(start).await {
        Ok(_) => {}
        Err(StartError::Unknown) => return Err(Problem::NotFound.into()),
        // Sent twice: the first one is at work.
        Err(StartError::Over) => return crate::console::answers::redirect(&job(id)),
        Err(StartError::Database(why)) => return Err(why.into()),
    }
    let started = Notice::new(Phrase::plain(signed.text("import-started")));
    if usize::try_from(found.lines).unwrap_or(usize::MAX) > MOST_AT_ONCE {
        return signed.done(&job(id), started).await;
    }
    let notice = at_once(signed, id, summary.deactivate > 0)
        .await?
        .unwrap_or(started);
    signed.done(&job(id), notice).await
}

/// Applies all lines in one transaction. Returns what to say, with the receipt if tokens were revoked.
async fn at_once(
    signed: &Signed,
    id: ImportId,
    deactivates: bool,
) -> Result<Option<Notice>, Refusal> {
    let (organization, now, app) = (signed.organization(), signed.now, signed.app.clone());
    let next = move |db: &crate::db::Db| {
        import::next(db, app.tokens.keys.masters(), (organization, id), now)
    };
    let Some(step) = signed.app.db.run(next).await? else {
        return Ok(None);
    };
    let long = signed.app.db.for_long();
    let turn = long.clone();
    let work = move |conn: &mut Conn| {
        let (_, entries) = step.apply(conn, &|| turn.must_give_way())?;
        Ok::<_, Error>((revocation::count(&entries), entries))
    };
    let done = revocation::commit(&long, signed.app.nodes.feed.clone(), work).await;
    let receipt = match done {
        Ok((revoked, receipt)) => {
            signed.app.metrics.revocations.inc_by(revoked);
            receipt
        }
        // Others went first. The job goes on with it.
        Err(Error::Busy) => return Ok(None),
        Err(why) => return Err(why.into()),
    };
    Ok(Some(match receipt.filter(|_| deactivates) {
        Some(receipt) => {
            Notice::new(signed.phrase("import-applied-revoked")).with(signed.receipt(&receipt))
        }
        None => Notice::new(signed.phrase("import-applied")),
    }))
}

/// The page after an import cannot be applied any more.
fn over(signed: &Signed) -> Outcome {
    let error = FormError::of(signed.language(), None, "import-over");
    let page: Page = super::page(signed, &signed.sent, vec![error]);
    signed.answer(&page.with_status(StatusCode::CONFLICT))
}
