//! What an organization begins with, and what one of an earlier version has.

use lanyard::access::Preset;
use lanyard::base::OrganizationId;
use lanyard::organization::Definitions;

use crate::support::{Organization, Server, on_both};

fn defined(server: &Server, organization: &Organization<'_>) -> Definitions {
    let id = OrganizationId(organization.id);
    let read = |conn: &mut _| Definitions::read(conn, id);
    server.app.db.read_blocking(read).unwrap().unwrap()
}

on_both!(a_preset_is_what_an_organization_begins_with);
fn a_preset_is_what_an_organization_begins_with(server: &Server) {
    for (preset, scopes, roles) in [
        (Preset::All, 12, 5),
        (Preset::Sbm, 3, 5),
        (Preset::Procure, 9, 2),
        (Preset::None, 0, 2),
    ] {
        let own = server.organization_with_preset(preset.as_str(), preset);
        let defined = defined(server, &own);
        assert_eq!(
            (defined.scopes.len(), defined.roles.iter().count()),
            (scopes, roles),
            "{preset}"
        );
        let listed = own.get("/api/v1/scopes").send().items().len();
        assert_eq!(listed, preset.scopes().len(), "{preset}");
    }
}
