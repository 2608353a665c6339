## Console: the frame of every page

console = Console
title-error = Error:
settings = Settings
themes = Colours
theme-auto = As the browser
theme-light = Light
theme-dark = Dark
zone = Time zone
zone-button = Use this time zone
printed = Printed:
session-ends = Without further use, this session ends at { $at }.
time-out = Your session ends in less than two minutes. Do you want to stay signed in?
time-out-keep = Stay signed in
keys-title = Keys
keys-search = Go to the search
keys-list = Show this list
close = Close
pages = Pages
pages-previous = Previous page
pages-next = Next page
filter = Filter
filter-clear = Clear
search = Search
any = Any
nothing-found = Nothing matches these filters.
ignored = These parameters were ignored because their values are not known: { $names }.
save = Save
back = Back
yes = Yes
no = No
none = None
never = Never
never-used = Never used
not-noted = Not noted (ledger off)
not-recorded = Not recorded
no-end = No end
number-wrong = Enter a whole number, or leave the field empty.
number-bounds = Enter a number within { $bounds }, or leave the field empty.
name = Name
name-wrong = Enter a name of 1 to 200 characters.
id = ID
status = Status
added = Added
address = Address
request-id = Request
select = Select
acts = What you can do
secret-once = Shown once. Copy it now.
secret-shown-before = This form was sent before. What it made was shown then, and cannot be shown again.
secret-stored = I have stored it
copy = Copy
copied = Copied
copy-failed = It could not be copied. Select the text and copy it yourself.
try-it = Try it
nothing-left = There is nothing left to do.
receipt = Refused everywhere since { $since } ({ $ms } ms, { $confirmed } of { $nodes } nodes; entry { $sequence }).
receipt-unconfirmed = Refused everywhere since { $since } ({ $ms } ms, { $confirmed } of { $nodes } nodes have confirmed; entry { $sequence }). A node that has not confirmed refuses every token by itself until it has caught up.

## Console: instants and spans

instant-now = just now
ago-minutes = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
ago-hours = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
ago-days = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}
in-minutes = { $count ->
    [one] in { $count } minute
   *[other] in { $count } minutes
}
in-hours = { $count ->
    [one] in { $count } hour
   *[other] in { $count } hours
}
in-days = { $count ->
    [one] in { $count } day
   *[other] in { $count } days
}
span-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
span-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
span-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
span-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}

## Console: problems

problem-not-found = There is no such page
problem-not-found-text = Nothing in your organization has this address.
problem-origin = This form was not sent from here
problem-origin-text = Another site has sent it. Nothing was done.
problem-csrf = This form is out of date
problem-csrf-text = You have signed in again since it was shown, or it is not from this browser. Nothing was done.
problem-right = Your role does not allow this
problem-right-text = An auditor sees every page and changes nothing. Ask somebody with the role admin.
problem-forbidden = This is not permitted
problem-forbidden-text = The service does not accept this request from you. Nothing was done.
problem-form = This form cannot be read
problem-form-text = It is not complete. Nothing was done.
problem-form-link = Open the page again
problem-changed = This has changed meanwhile
problem-changed-text = Somebody has changed or ended it since the page was shown. Nothing was done.
problem-overview-link = Go to the overview
problem-large = This is too large
problem-large-text = A form can have at most 64 KiB, and a table of operators at most 4 MiB. Send less, or split the table. Nothing was done.
problem-throttled = Too many requests
problem-throttled-text = Nothing was done. Wait a moment, then open the page again.
problem-unavailable = The service cannot answer now
problem-unavailable-text = It is overloaded, or it cannot reach its database. Wait a moment, then open the page again.
problem-internal = The service has failed
problem-internal-text = Try again. If it fails again, give the request id below to the person who runs the service.

## Console: signing in

console-sign-in = Sign in to the console
login = Login
login-hint = The login of your organization, or for your own account: the login, a slash, and your username or email.
login-missing = Enter your login.
console-sign-in-wrong = The login or the password is wrong.
signed-out = You are signed out.
session-over = Your session has ended. Sign in again: what you have typed is kept, but not sent.
session-over-lost = Your session has ended. Sign in again. Nothing was done.
console-code-hint = The six digits that your authenticator app shows now.
recovery = Or a recovery code
recovery-hint = If you do not have the app at hand. Each code works once.
codes-over = There were too many wrong codes, or you waited too long. Sign in again.
re-authenticate = Confirm that it is you
re-authenticate-lead = Some acts ask again who you are, if you have not proved it lately.
re-authenticate-form = What you want to do reveals or widens something. What you have typed is kept, but not sent.
confirm-button = Confirm

## Console: overview

overview = Overview
figure-live = Company and operator tokens that are valid
figure-due = Company tokens due for rotation
first-steps = First steps
step-operator = Add an operator
step-token = Get a token for an operator
step-validate = Validate a token, with a command that is shown beside it
step-account = Give each admin an account of their own
step-factor = Protect the accounts with a second factor
step-done = done
step-open = not yet
last-acts = What was done last

## Console: what the organization did, and what needs attention

usage = What happened
usage-lead = A grey span is one in which nothing is known, for example because the service did not run. What happened in the last minute is not shown yet, and a service that is killed loses it.
range = Span of time
range-hour = Last hour
range-day = Last 24 hours
range-month = Last 30 days (UTC)
figure-issued = Tokens issued: { $range }
figure-refused = Tokens refused: { $range }
plot-validations = Tokens checked
plot-issued = Tokens issued
plot-sign-ins = Sign-ins
plot-live = Valid tokens
usage-valid = Valid
usage-expired = Expired
usage-revoked = Revoked
usage-invalid = Invalid
usage-company-tokens = Company tokens
usage-operator-tokens = Operator tokens
usage-access-tokens = OAuth access tokens
usage-signed-in = Accepted
usage-sign-ins-refused = Refused
usage-live = Company and operator tokens
usage-live-note = Counted every five minutes while the ledger is on.
usage-live-last = Last counted: { $time }.
usage-unknown = not known
usage-table = The numbers
usage-described = { $line }: { $total } in total, at most { $peak } at a time, { $last } last.
usage-described-live = { $line }: at most { $peak }, { $last } last.
usage-described-unknown = { $line }: nothing is known.
usage-link-audit = Who revoked tokens
usage-link-explain = Why a token is refused
attention = Needs attention
attention-none = Nothing needs attention.
attention-due = { $count ->
    [one] { $count } company token is due for rotation
   *[other] { $count } company tokens are due for rotation
}
attention-unused = { $count ->
    [one] { $count } company token was not used for 30 days
   *[other] { $count } company tokens were not used for 30 days
}
attention-keys = { $count ->
    [one] { $count } API key expires within 30 days
   *[other] { $count } API keys expire within 30 days
}
attention-secrets = { $count ->
    [one] { $count } OAuth client has a secret that ends within 30 days
   *[other] { $count } OAuth clients have a secret that ends within 30 days
}
attention-webhooks = { $count ->
    [one] { $count } webhook did not get its messages
   *[other] { $count } webhooks did not get their messages
}
attention-factors = { $count ->
    [one] { $count } admin has no second factor
   *[other] { $count } admins have no second factor
}
attention-sign-ins = { $count ->
    [one] { $count } sign-in failed in the last 24 hours
   *[other] { $count } sign-ins failed in the last 24 hours
}

## Console: operators

operators = Operators
operators-caption = Operators
operators-search-hint = Starts of words of the name, email or external id, or a whole id or username. Case and accents do not matter.
live-tokens = Live tokens
last-token = Last token
no-token-yet = None yet
without-token = Without a token for
unused-for-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
sort = Order
sort-created = as they were added
sort-name = by name
operators-looked-up-to = 20,000 operators were searched, up to
operators-empty = Operators are the people and agents of your organization for whom tokens are issued.
operator-add = Add operator
operator-added = { $name } was added.
operator-saved = { $name } was saved.
operator-pages = Pages of this operator
profile = Profile
operator = Operator
operator-id = Operator (id)
external-id = External ID
external-id-hint = The id that your chat platform gave the operator.
external-id-wrong = Enter an external ID of 1 to 200 characters, or leave the field empty.
external-id-taken = Another operator has this external ID.
email = Email
email-wrong = Enter an address such as a@example.com, or leave the field empty.
email-taken = Another operator has this email address.
role = Role
role-none = No role
role-hint = With the role admin an operator does everything here; with auditor it sees everything and changes nothing.
role-wrong = Choose one of the roles.
operator-username = Username
operator-username-hint = To sign in with. Without spaces and slashes.
username-wrong = Enter a username of 1 to 200 visible characters without spaces and slashes.
username-taken = Another operator has this username, or has it as its email address.
operator-password-hint = Leave it empty if the operator does not sign in.
operator-password-change-hint = Leave it empty to keep the present password. A new one ends the sessions of the operator.
operator-password-make = Make a password and show it once
operator-password-use = The operator signs in with it. Hand it over in a safe way; the operator can change it under My account.
password-typed-and-made = Type a password or have one made, not both.
has-password = Has a password
has-second-factor = Has a second factor
changed-at = Changed at
changed-meanwhile = Somebody else has changed this since you opened the page. What is stored now stands below the form. Save again to replace it with what you have typed.
status-active = active
status-inactive = inactive
status-deleted = deleted
status-not-deleted = all that are not deleted
deactivate = Deactivate
activate = Activate
delete = Delete
reset-second-factor = Reset second factor
effect-tokens = Tokens that are revoked now: { $number }
effect-ledger-off = The ledger is off, so operator tokens are not counted. They are revoked all the same.
operator-revoke-question = Revoke every token of { $name }?
operator-revoke-stays = The operator stays active and can get new tokens at once.
operator-revoked = Every token of { $name } is revoked.
operator-deactivate-question = Deactivate { $name }?
operator-deactivate-stays = Its record stays, and it can be activated again. Tokens that are revoked now stay revoked. API keys that it has made stay valid.
operator-deactivated = { $name } is inactive, and every token of it is revoked.
operator-last-admin = No other admin can sign in to the console, and only operators may. Afterwards nobody can sign in until somebody runs lanyard organization set-console-sign-in on the server, or gives another operator the role admin, a username and a password.
operator-activate-question = Activate { $name }?
operator-activate-stays = It can get tokens again. No revoked token becomes valid.
operator-activated = { $name } is active.
select-operator = Select operator { $id }
operators-revoke-selected = Revoke tokens of selected…
operators-deactivate-selected = Deactivate selected…
operators-selected = The selected operators
operators-deactivate-question = { $count ->
    [one] Deactivate { $count } operator?
   *[other] Deactivate { $count } operators?
}
operators-deactivate-stays = The records stay, and they can be activated again. Tokens that are revoked now stay revoked. API keys that they have made stay valid.
operators-deactivated = { $count ->
    [one] { $count } operator is inactive, and every token of it is revoked.
   *[other] { $count } operators are inactive, and every token of them is revoked.
}
operators-revoke-question = { $count ->
    [one] Revoke every token of { $count } operator?
   *[other] Revoke every token of { $count } operators?
}
operators-revoke-stays = The operators stay active and can get new tokens at once.
operators-revoked = { $count ->
    [one] Every token of { $count } operator is revoked.
   *[other] Every token of { $count } operators is revoked.
}
operator-with-keys = Revoke these API keys too
operator-made-keys = API keys that it has made. They stay valid unless you choose otherwise
operator-made-many-keys = API keys that it has made: { $number }. These are the first { $named }.
operator-delete-question = Delete { $name }?
operator-delete-stays = This cannot be undone. The record stays readable, so that the audit log can be understood. API keys that it has made stay valid.
operator-deleted = { $name } is deleted, and every token of it is revoked.
operator-reset-question = Reset the second factor of { $name }?
operator-reset-stays = It then signs in with its password alone until it sets up a new one. Its sessions of the console end. Its tokens stay valid.
operator-reset = The second factor of { $name } is removed.

## Console: import and export of operators

import = Import
export = Export as a table (CSV)
import-heading = Import operators
import-lead = Add, change and deactivate many operators at once. First the table is only checked; nothing is changed before you have seen what it would do.
import-file = Table (CSV)
import-file-hint = At most 4 MiB and 20,000 lines. The first line names the columns: id, externalId, name, email, role, status, in any order. A column that is absent leaves the operators as they are; an empty cell clears.
import-rows = Or paste the lines here
import-rows-hint = With the line that names the columns. Cells are separated by comma, semicolon or tab, so a selection of a spreadsheet can be pasted.
import-encoding = Encoding of the file
import-encoding-auto = found out from the file
import-check = Check
import-nothing-given = Choose a file, or paste the lines of a table.
import-too-large = The file is larger than 4 MiB. Import it in parts.
import-too-long = The table has more than 20,000 lines. Import it in parts.
import-no-columns = The first line must name at least one of the columns id, externalId, name, email, role, status.
import-not-text = The file is not text in the encoding { $encoding }. Choose another one.
import-column-twice = The first line names the column { $column } twice.
import-line-unreadable = Line { $line } cannot be read.
import-read-as = The file was read as { $encoding }.
import-unknown = These columns are unknown and left out: { $names }
import-checked-heading = What the table would do
import-creates = { $count ->
    [one] { $count } operator would be added.
   *[other] { $count } operators would be added.
}
import-updates = { $count ->
    [one] { $count } operator would be changed.
   *[other] { $count } operators would be changed.
}
import-deactivates = { $count ->
    [one] { $count } operator would be deactivated, and every token of it revoked.
   *[other] { $count } operators would be deactivated, and every token of them revoked.
}
import-unchanged = { $count ->
    [one] { $count } operator is already as the table says.
   *[other] { $count } operators are already as the table says.
}
import-errors = { $count ->
    [one] { $count } line has faults.
   *[other] { $count } lines have faults.
}
import-nothing-to-do = There is nothing to import.
import-apply = { $count ->
    [one] Import { $count } operator
   *[other] Import { $count } operators
}
import-skip-faults = Leave out the lines with faults
import-has-faults = Some lines have faults. Correct the table, or choose to leave them out.
import-faults-download = Download faults (CSV)
import-shown = { $count ->
    [one] The first { $count } line is shown.
   *[other] The first { $count } lines are shown.
}
import-rows-caption = Lines of the table, those with faults first
import-line = Line
import-effect = What it would do
import-faults = Faults
import-effect-create = add
import-effect-update = change
import-effect-deactivate = deactivate
import-effect-unchanged = nothing
import-effect-none = not imported
import-fault-id = The id is not a number.
import-fault-name-missing = An operator needs a name.
import-fault-name = The name must have 1 to 200 characters, at least one of them visible.
import-fault-external-id = The external id must have 1 to 200 characters, at least one of them visible.
import-fault-email = The email must be an address such as a@example.com.
import-fault-role = The role must have 1 to 64 of the characters A-Z a-z 0-9 . _ : -
import-fault-status = The status must be active or inactive.
import-fault-unknown = The organization has no operator with this id.
import-fault-deleted = The operator is deleted, which cannot be undone.
import-fault-repeated = An earlier line is about the same operator.
import-fault-external-id-taken = Another operator or an earlier line has this external id.
import-fault-email-taken = Another operator or an earlier line has this email or username.
import-fault-changed = The operator was changed after the check. Check the table again.
import-started = The import has begun. You may close this page.
import-applied = The table was imported.
import-applied-revoked = The table was imported, and the tokens of the operators that became inactive are revoked.
import-over = This import was applied before, or was checked more than an hour ago. Check the table again.
import-refused-caption = Lines that were not imported
import-outcome-created = Added
import-outcome-updated = Changed
import-outcome-deactivated = Deactivated
import-outcome-unchanged = Nothing to change
import-outcome-refused = Not imported
job-heading = Import { $id }
job-running = The table is being imported. It goes on if you close this page.
job-stopped = The import was stopped. What was imported until then stays.
job-done = The import is done.
job-progress = Progress
job-progress-text = { $done } of { $all } lines
job-stop = Stop
job-was-stopped = The import was stopped.
job-was-over = The import had already ended.
job-results = Download the result of each line (CSV)

## Console: tokens

tokens = Tokens
tokens-caption = Tokens that are valid, the newest first
tokens-caption-all = Tokens, also those that are no longer valid, the newest first
tokens-looked-back = 20,000 lines of the ledger were searched, back to
tokens-empty = Every valid token of your organization is listed here. There is none yet.
state-live-only = valid
state-any = any
ledger-off = The ledger is off: operator tokens are not listed, and their use is not noted.
token = Token
token-id = ID of the token
kind = Kind
kind-main = company and operator tokens
kind-company = company token
kind-operator = operator token
kind-session = session of /auth/login
kind-access = access token
kind-refresh = refresh token
kind-console = session of the console
parent = Issued with
issued = Issued
ends = Ends
ends-early = Ends early
last-use = Last use
client = OAuth client
successor = Successor
signing-key = Signing key
select-token = Select token { $id }
token-record = Record
token-revoke = Revoke
tokens-revoke-all = Revoke all tokens
tokens-revoke-selected = Revoke selected tokens
tokens-revoke-question = { $count ->
    [one] Revoke { $count } token?
   *[other] Revoke { $count } tokens?
}
tokens-revoke-effect = Each is refused everywhere at once. With a company token or a session of the console, every token that was issued with it is revoked too; with a refresh token, its whole grant.
tokens-revoke-stays = Operators stay active and can get new tokens.
tokens-to-revoke = Tokens to revoke
tokens-revoked = { $count ->
    [one] { $count } token is revoked.
   *[other] { $count } tokens are revoked.
}
token-issue = Issue token
token-issue-for = Issue a token for { $name }
token-issue-lead = Anyone who has the token can act as this operator until the token ends or is revoked.
token-issued = A token for { $name }
token-life = How long it is valid
token-life-wrong = Choose one of these lives.
token-ends = The token ends at { $at }.
token-commands = The first command below tries the token. The second one asks as your services do: $COMPANY is a company token, which the page “Rotation” issues.
explain = Explain
explain-heading = Why is a token refused?
explain-field = Token, API key, or id of a token
explain-hint = The service does not store what you paste. It never shows the signature.
explain-missing = Paste a token, an API key, or the id of a token.
explain-token-header = Header of the token
explain-token-claims = Claims of the token
explain-member = Member
explain-value = Value
state-valid = valid
state-revoked = revoked
state-expired = expired
state-invalid = invalid
state-refused = refused
state-quarantined = quarantined
state-not-revoked = all that are not revoked
why-valid = The token is valid.
why-unknown = This is no token of your organization: it is garbled, forged, or of somebody else. Only the administrator of the service can find out more, with lanyard token inspect.
why-token = It was revoked. Ask for a new one.
why-company-token = The company token or the session with which it was issued was revoked. Log in again and ask for a new one.
why-operator = All tokens of its operator were revoked. An operator that is not active gets no new one.
why-organization = All tokens of your organization were revoked.
why-key = The key that signed it was revoked. Ask for a new one.
why-client = All tokens of its OAuth client were revoked.
why-grant = What the operator had allowed the client was revoked. It signs in at the client again.
why-session = The session was ended.
why-sessions = All sessions of its operator were ended: its password or username was changed.
why-api-key = The API key was revoked.
why-expiry = It has expired. Ask for a new one.
why-rotation = It was rotated or retired, or was due and was not rotated, and its end has come. Use its successor, or log in again.
why-session-ended = The person of this session has signed out, or it was ended or unused for too long. Tokens that were issued in it can still be valid; “Revoke” ends them too.
why-retired-key = The key that signed it is retired. Ask for a new one.
why-clock = It was issued by a clock that was ahead. The administrator of the service sets the clocks right.
why-since = Refused since
why-code = Code
why-entry = Entry of the feed
why-by = By
key-valid = The API key is valid from the addresses that it allows.
key-refused = The API key is refused. Its page says what can be done.

## Console: rotation

rotation = Rotation
rotation-lead = A company token is what a program of yours gets operator tokens with. Give each program its own, replace it in time, and end the old one when nothing uses it any more.
rotation-which = Which
rotation-all = all that are valid
rotation-due-only = due for rotation
rotation-due = Due
is-due = due
rotated-already = rotated
company-tokens-caption = Company tokens that are valid, the newest first
company-tokens-empty = There is no valid company token. A program gets one with the login and password of your organization, or you issue one here.
company-token-new = Issue a company token
company-token-new-lead = It needs no password of the organization, and does not depend on other tokens. Anyone who has it can get tokens for every operator.
company-token-issued = A company token
label = Label
label-hint = For the people who manage it, such as the name of the program. May be empty.
label-wrong = Enter 1 to 200 characters, or leave the field empty.
label-set = Label
label-heading = Label of { $name }
label-saved = The token is now called { $name }.
note = Note
note-hint = Kept with the record of the token, such as why it was issued. May be empty.
parent-or-label = Issued with, or label
issued-from = From
children = Valid tokens issued with it
ends-unless-rotated = Ends unless it is rotated
token-rotate = Rotate
token-rotate-question = Replace { $name } by a successor?
token-rotate-effect = A successor with the same label is shown once. The present token stays valid for the time that you choose.
token-rotate-stays = Tokens that were issued with the present one stay valid.
token-overlap = The present token stays valid for
token-rotated = The successor
token-rotated-already = This token was rotated before, and its successor was shown then. Rotate the successor if it was lost.
retire = Retire
retire-column = Still needed
retire-question = End { $name } now?
retire-effect = The token is refused everywhere at once.
retire-stays = Tokens that were issued with it and stay valid: { $number }
retired = { $name } has ended. What was issued with it stays valid.
retire-safe = safe to retire
retire-safe-text = It can be retired: its successor is used, and it was not used since.
retire-waiting = successor not used yet
retire-waiting-text = Its successor was not used yet. A program may still have to get it.
retire-in-use = still in use
retire-in-use-text = A program still uses it: it was used after its rotation.
retire-without-successor = It has no successor. A program that uses it will be refused: rotate it instead, unless nothing uses it.
token-disown = This was not me: revoke
token-revoke-question = Revoke { $name }?
token-revoke-effect = The token is refused everywhere at once. So are the valid tokens that were issued with it: { $number }
token-revoke-successor = Its successor stays valid. Anyone who had this token may have received the successor: if somebody else used it, revoke the successor too.
token-revoked = { $name } is revoked, with everything that was issued with it.
signing-keys = Signing keys
signing-keys-caption = Signing keys of the service, the newest first
signing-keys-lead = The service replaces them by itself. A key is published before it signs, and verifies until the last token that it signed has expired: nothing has to be done.
algorithm = Algorithm
key-signs-from = Signs from
key-signs-until = Signs until
key-verifies-until = Verifies until
key-id-tokens = for ID tokens
key-pending = published
key-active = signs
key-retiring = verifies only
key-retired = retired
key-as-long-as-needed = as long as it is needed
not-yet-known = not known yet
next-runs = Next runs
next-run-tokens = Company tokens that are due
next-run-keys = Schedule of the signing keys
next-run-every = every { $span }
next-run-unknown = it has not run yet

## Console: webhooks

webhooks = Webhooks
webhooks-lead = A webhook sends messages about what has happened to the URL of one of your services. Each message is signed, and sent again if it does not arrive.
webhooks-empty = There is no webhook yet.
webhooks-caption = Webhooks
webhooks-too-many = The organization has as many webhooks as there may be. Remove one first.
webhook-new = Add a webhook
webhook-create = Add webhook
webhook-created = The webhook { $name } is added
webhook-secret = Secret
webhook-secret-use = Your service checks with this secret that a message comes from here (Standard Webhooks).
webhook-url = URL
webhook-url-hint = Begins with https:// and leads to a public address.
webhook-url-wrong = Enter a URL that begins with https:// and leads to a public address.
webhook-events = Events
webhook-events-missing = Choose at least one event.
webhook-gave-up = Gives up since
webhook-giving-up = messages are given up
webhook-gone = gone
webhook-inactive-hint = Messages that wait are given up.
webhook-not-active = The webhook is not active. Activate it first.
webhook-test = Send a test message
webhook-test-hint = A test message is sent within seconds. The webhook has { $span } to answer; then its outcome is in the table.
webhook-tested = A test message is on its way. Open this page again to see its outcome.
webhook-retry-all = Try all failed messages again
webhook-retried = { $count ->
    [one] { $count } message is tried once more.
   *[other] { $count } messages are tried once more.
}
webhook-saved = The webhook { $name } was saved.
webhook-delete = Remove webhook
webhook-delete-question = Remove the webhook { $name }?
webhook-delete-effect = No more messages are sent to it. Messages that wait, and the list below, are deleted.
webhook-delete-stays = Your other webhooks, and all tokens, stay as they are.
webhook-deleted = The webhook { $name } is removed.
deliveries = Messages of the last 7 days
deliveries-caption = Messages, the newest first
deliveries-empty = Nothing was sent yet.
delivery-event = Event
delivery-tries = Tries
delivery-outcome = Outcome
delivery-next = Next try
delivery-body = Body
delivery-body-show = Show
delivery-not-tried = not tried yet
delivery-pending = waits
delivery-delivered = arrived
delivery-failed = given up
delivery-retry = Try again
event-token-revoked = Tokens were revoked
event-credential-revoked = Tokens of an OAuth client, or sessions, were revoked
event-operator-deactivated = An operator was deactivated or deleted
event-rotation-due = A company token is due for rotation
event-key-quarantined = An API key was quarantined
event-key-new-network = An API key was used from a new network
event-key-woke-up = An API key was used after a long silence
event-key-rate-jump = An API key was used much more often than before
event-audit-sealed = Lines of the audit log were sealed

## Console: api keys

api-keys = API Keys
api-key = API key
signing-secret = Signing secret
keys-caption = API keys, the newest first
keys-empty = An API key lets one of your programs use your services without a person signing in.
keys-search-hint = Starts of words of the name, or the whole id
keys-revoke-selected = Revoke the selected keys
keys-looked-back = Only keys made after this time were searched
keys-to-revoke = Keys that are revoked
key-unused-for = Not used for
key-expires-within = Expires within
key-uses = Uses in 30 days
key-like = Create another one like it
key-require-signature = Requests must be signed
key-require-signature-hint = The key then has a second secret that its program never sends. Somebody who finds the key cannot use it without this secret.
key-sign-first = Store the signing secret too: a request without a signature is refused. The command signs one request and prints the curl line that sends it. How a program signs is in docs/keys.md, under “Sign requests”.
key-signature = Signed requests
key-signature-required = required
key-signature-possible = possible
key-signature-none = no
select-key = Select key { $id }
keys-revoke-question = { $count ->
    [one] Revoke { $count } API key?
   *[other] Revoke { $count } API keys?
}
keys-revoked = { $count ->
    [one] { $count } API key is revoked.
   *[other] { $count } API keys are revoked.
}
key-new = Create New API Key
key-create = Create key
key-created = The API key { $name } is made
key-rotated = The new text of { $name }
key-saved = The API key { $name } was saved.
key-revoked = The API key { $name } is revoked.
key-expired = The key has expired. Make another one.
keys-too-many = The organization has as many keys as there may be. Revoke some first.
key-text = Key
created-by = Created by
last-address = Last used from
old-text-ends = The text before ends
environment = Environment
environment-live = live
environment-test = test
scopes = Scopes
scopes-hint = What the key may do.
scope-missing = Choose at least one scope.
scope-wrong = Your organization does not have one of these scopes any more.
expires = Expires after
expires-never = Never
expires-date = On a day
expires-on = Day
expires-on-hint = The key ends when this day begins in { $zone }.
expires-wrong = Choose when the key expires. A day must be in the future.
allowed = Allowed addresses
allowed-hint = An address or a network on each line. Empty: any address.
allowed-any = any address
allowed-wrong = Enter an address such as 203.0.113.7 or a network such as 203.0.113.0/24 on each line.
rotate = Rotate
rotate-question = Give { $name } a new text?
rotate-effect = The new text is shown once. The present one stays valid for the time that you choose; an older one ends at once.
rotate-stays = Name, scopes and allowed addresses stay.
overlap = The present text stays valid for
overlap-none = no time: it ends now
overlap-wrong = Choose one of these times.
revoke = Revoke
key-revoke-question = Revoke the API key { $name }?
key-revoke-effect = The key is refused everywhere at once, and for good.
key-revoke-stays = Its record stays readable.
key-used-lately = This key was used within the last 7 days. A program may still need it.
keys-used-lately = { $count ->
    [one] { $count } of these keys was used within the last 7 days. A program may still need it.
   *[other] { $count } of these keys were used within the last 7 days. Programs may still need them.
}

## Console: OAuth clients

clients = OAuth2 Clients and Tokens
clients-caption = OAuth clients, in the order of their ids
clients-empty = An OAuth client is an application that gets tokens, for itself or for an operator who allows it.
clients-too-many = The organization has as many clients as there may be. Delete some first.
client-new-credentials = New Client Credentials Client
client-new-password = New Password Client
client-new-code = New Authorization Code Client
client-lead-credentials = A program that gets tokens with its own id and secret. It may do what its operator may do. It is always confidential.
client-lead-password = An application that sends the username and the password of an operator. Use it only for old programs that cannot do otherwise.
client-lead-code = An application to which an operator signs in with a browser. The browser comes back to one of its addresses.
client-made-lead = The id and the secret are made when you save. The secret is shown once.
client-id = Client ID
client-secret = Client secret
client-secrets = Secrets
client-grants = Grants
client-disabled-status = disabled
client-kind-secret = confidential, with a secret
client-kind-public = public, without a secret
client-kind-key = confidential, with a key of its own
client-confidential = Is confidential: it can keep a secret
client-confidential-hint = Applications that run on the devices of their users, or in a browser, cannot.
client-operator = Associated operator
client-operator-hint = Its id, external id, username or email. The tokens of the client stand for this operator.
client-operator-wrong = No operator has exactly this id, external id, username or email.
client-scopes-hint = What the client may ask for.
client-scope-wrong = The client cannot have one of these scopes.
client-uris = Redirect URIs
client-uris-hint = One on each line: https, or http on the same machine. Each must match exactly.
client-uri-wrong = Line { $line }: enter an absolute URI with https (or http on this machine), with a host, and without #, * and user names.
client-match = How a redirect URI is compared
client-match-exact = character by character
client-match-same-site = any address of the same site (PSDM)
client-insecure = Redirect URIs may be http on other machines, too
client-consent = Consent of the operator
client-consent-ask = ask for what the operator has not allowed yet
client-consent-skip = never ask: it is an application of your own
client-profile = Profile
client-profile-hint = Another profile has other defaults for what tokens are.
client-profile-standard = Standard (OAuth 2.0, OpenID Connect)
client-format = Access tokens
client-format-default = as the profile has them
client-format-opaque = opaque text
client-format-wrong = The profile allows only its own kind of access tokens.
client-access-seconds = Life of an access token
client-refresh-seconds = Life of a refresh token
client-seconds-hint = In seconds. Empty: as the profile has it.
client-public-wrong = Only confidential clients may have this.
client-choice-wrong = Choose one of these.
client-choice-missing = This field must be filled in for such a client.
client-created = The OAuth client { $name } is made
client-saved = The OAuth client { $name } was saved.
client-secrets-of = Secrets of { $name }
client-secrets-caption = Secrets that are valid, the newer one first
client-drop = Drop the older secret
client-drop-effect = Programs that still use the older secret are refused everywhere at once. Its last use: { $used }.
client-drop-stays = The newer secret and the tokens of the client stay valid.
client-dropped = The older secret of { $name } is dropped.
client-grace = The present secret stays valid for
client-add-secret = Add another secret
client-add-secret-lead = There are at most two. If there is an older one already, it ends now.
client-secret-added = The new secret of { $name }
client-tokens-of = Tokens of { $name }
client-no-tokens = The client has no valid tokens of this kind.
client-revoke-question = Revoke every token of { $name }?
client-revoke-stays = The client stays active and can get new tokens. What operators allowed it ends: they must consent again.
client-revoked = Every token of { $name } is revoked.
client-disable = Disable
client-disable-question = Disable { $name }?
client-disable-stays = Its record and its secrets stay, and it can be enabled again. Tokens that are revoked now stay revoked.
client-disabled = { $name } is disabled, and every token of it is revoked.
client-enable = Enable
client-enable-question = Enable { $name }?
client-enable-stays = It can get tokens again. No revoked token becomes valid.
client-enabled = { $name } is enabled.
client-delete-question = Delete the OAuth client { $name }?
client-delete-stays = This cannot be undone. Its secrets are gone; its record stays readable, so that the audit log can be understood.
client-deleted = { $name } is deleted, and every token of it was revoked.

## Console: roles and scopes

roles = Roles and scopes
roles-lead = A role gives its scopes to every operator that has it. What a token may do follows from the role of its operator at the moment of each use.
roles-caption = Roles, by name
description = Description
description-hint = For the people who give it to somebody. At most 500 characters.
description-wrong = Enter at most 500 characters, without line breaks.
used-by = Used by
always-there = always there
role-used-by = { $operators ->
    [one] { $operators } operator
   *[other] { $operators } operators
}, { $keys ->
    [one] { $keys } API key
   *[other] { $keys } API keys
}
remove = Remove
role-new = Define a role
role-name-hint = a to z, 0 to 9 and . _ : -, a letter first, at most 64 characters.
role-name-wrong = Enter a name of small letters, digits and . _ : -, with a letter first.
role-taken = There is a role with this name.
role-scopes-hint = What an operator that has the role may do.
definitions-too-many = There are as many as there may be. Remove one first.
role-created = The role { $name } is defined.
role-saved = The role { $name } was changed. The change is in force everywhere.
role-effect = Valid tokens whose rights change at once: { $number }
role-stays = No token is revoked. Take a scope away, and requests that need it are refused from then on.
role-ledger-off = The ledger is off, so operator tokens are not counted. Their rights change too.
role-fixed = This role always exists and cannot be changed.
role-in-use = Somebody has this role, so it cannot be deleted. Used by:
role-delete-question = Delete the role { $name }?
role-delete-effect = Nobody has it, so no token changes.
role-deleted = The role { $name } is deleted.
scopes-of-organization = Scopes of the organization
scopes-lead = Roles, OAuth clients and API keys are given scopes. What a scope allows is decided by the services that ask for it.
scope-set = Define a scope
scope-set-lead = The name of a scope that there is: its description is changed.
scope-saved = The scope { $name } is defined.
scope-removed = The scope { $name } is removed.
scope-fixed = This scope always exists and cannot be changed.
scope-in-use = It is in use ({ $user }). Change that first.

## Console: WeChat apps

wechat = WeChat apps
wechat-lead = The users of these Mini Programs sign in with WeChat.
wechat-caption = WeChat apps, by id
wechat-empty = Add a Mini Program to let its users sign in with WeChat.
wechat-new = Add a WeChat app
wechat-app-id = App ID
wechat-app-id-hint = The id that WeChat gave the Mini Program. It belongs to one organization of the service.
wechat-app-id-wrong = Enter letters, digits, _ and - only, at most 128.
wechat-app-id-taken = This app ID is in use already.
wechat-secret = App secret
wechat-secret-hint = Its secret at WeChat. It is sealed, and never shown again.
wechat-secret-change-hint = Leave it empty to keep the present secret.
wechat-secret-wrong = Enter the secret: visible characters without spaces, at most 128.
wechat-unknown = A person who signs in for the first time
wechat-create = becomes a new operator
wechat-refuse = is refused: only operators that are bound already sign in
wechat-role = Role of new operators
wechat-role-hint = Empty: customer. Not admin or auditor.
wechat-role-wrong = Enter letters, digits and . _ : - only, at most 64.
wechat-role-privileged = Not admin or auditor: everybody who signs in for the first time would get it.
wechat-too-many = The organization has as many apps as there may be. Remove one first.
wechat-added = The WeChat app { $name } is added.
wechat-saved = The WeChat app { $name } was saved.
wechat-remove-question = Remove the WeChat app { $name }?
wechat-remove-effect = Nobody signs in with it any more.
wechat-remove-stays = Operators and their sessions stay. If you add it again, its users are who they were.
wechat-removed = The WeChat app { $name } is removed.

## Console: who may sign in

console-sign-in-rule = Who may sign in to the console
console-sign-in-anyone = operators, and the organization with its own login
console-sign-in-operators = operators only: the login of the organization then opens the API only
console-sign-in-hint = The password of the organization is also in your programs and has no second factor. If only operators may sign in, company tokens can no longer add or change an admin or an auditor.
console-sign-in-no-admin = No active operator with the role admin has all of these: a username or an email, a password, and a second factor. Give one of them what is missing first.
step-sign-in = Let only operators sign in to the console

## Console: organization

organization = Organization
organization-saved = The organization was saved.
rotated = Company token last rotated
policy-operator-max = Longest life of an operator token
policy-operator-max-hint = In seconds, at most 86,400. Empty: 24 hours.
policy-company-life = Life of a company token
policy-company-life-hint = In seconds. Empty: without an end.
policy-rotation = Company tokens are rotated every
policy-rotation-hint = In days. Empty: the default of the service.
policy-grace = A rotated company token stays valid for
policy-grace-hint = In seconds. Empty: the default of the service.
policy-enforce = A company token that is due and not rotated ends after this time
policy-cap = Operators can allow clients only what their role allows

## Console: erasing a person

erase = Erase personal data
erase-question = Erase { $name }?
erase-overwrites = Name, email, external id, username, avatar, WeChat identities, password and second factor are overwritten. The operator is deleted. This cannot be undone.
erase-where = Addresses of this person, and texts with one of these names, are also overwritten in the audit log and the ledger. Tables of operators that were checked and not yet imported are deleted: check them again.
erase-stays = The id stays, with what was done under it. The audit log remains provably unchanged in everything else.
erase-not-reached = Not reached: backups (after restoring one, erase again), exports, messages that webhooks have already received (the copies here are overwritten), logs of the program, and names that others gave to API keys, clients or roles.
erase-done = The personal data of operator { $id } is erased. Overwritten: { $lines } lines of the audit log, { $tokens } rows of the ledger.

## Console: sessions and account

sessions = Sessions
sessions-lead = Who is signed in to the console. Ending a session leaves the tokens that were issued in it alone; “this was not me” revokes them too.
sessions-caption = Sessions of the console
who = Who
device = Device
device-unknown = unknown device
since = Since
factor = Signed in with
factor-password = password
factor-code = password and code
this-session = this session
organization-account = the organization’s own account
session-end = End session
session-disown = This was not me
session-ended = The session has ended. Tokens that were issued in it stay valid.
session-disowned = The session has ended, and every token that was issued in it is revoked.
sessions-end-others = End all my other sessions
sessions-ended = { $count ->
    [one] { $count } other session has ended.
   *[other] { $count } other sessions have ended.
}
account = My account
right = Right
right-admin = sees and does everything of the organization
right-auditor = sees everything of the organization and changes nothing
account-language = Language of the pages
language-of-browser = As the browser prefers
account-language-hint = With this account you see the pages in this language in every browser. A language that is chosen at the end of a page holds in that browser only, and comes first there.
account-language-button = Save the language
account-language-stored = Your language is saved.
account-language-unknown = Choose one of these languages.
account-of-organization = This is the account of the organization. Its password is also in your programs, and it has no second factor: give each admin an operator of their own with the role admin.
console-password-lead = You will be signed out everywhere but here. Tokens stay valid.
password-changed-notice = Your password is changed. You are signed out everywhere else.
totp-set-up = Set up a second factor
totp-lead = Scan the picture with an authenticator app, or type the secret into it. Then enter the code that the app shows.
totp-picture = QR code with the secret for an authenticator app
totp-secret = Secret
totp-code-hint = The second factor is in force after you have entered a correct code.
totp-enable = Use this second factor
totp-over = You waited too long. Here is a new secret: remove the old one from the app.
totp-enabled = Your second factor is in force
recovery-codes = With each of these codes you can sign in once without the app.
codes-print = Print recovery codes
totp-remove = Remove second factor
totp-remove-question = Remove your second factor?
totp-remove-lead = You then sign in with your password alone. Your recovery codes are gone.
totp-removed = Your second factor is removed.

## Console: pages of the platform

platform-figure-organizations = Active organizations
platform-figure-suspended = Suspended organizations
platform-figure-keys = Keys that sign
platform-figure-other-keys = Keys that verify only, or sign later
platform-attention-nodes = { $count ->
    [one] { $count } node has not been seen for longer than its lease
   *[other] { $count } nodes have not been seen for longer than their lease
}
platform-attention-jobs = { $count ->
    [one] { $count } job failed when it last ran
   *[other] { $count } jobs failed when they last ran
}
platform-attention-webhooks = { $count ->
    [one] { $count } webhook of the service did not get its messages
   *[other] { $count } webhooks of the service did not get their messages
}
platform-attention-chain = The audit log was changed after it was sealed
platform-organizations = Organizations
platform-organizations-caption = Organizations, in the order in which they were added
platform-organizations-search-hint = Starts of words of the login and the name, or a whole ID. Case and accents do not matter.
platform-organizations-empty = An organization logs in and gets tokens for its operators. There is none yet.
platform-organizations-stopped = The search looked at { $number } organizations. The next page goes on from there.
platform-organization-new = Add an organization
platform-organization-added = The organization { $name } is added
platform-organization-login-hint = What the organization logs in with: up to 200 visible characters, without white space and slashes.
platform-organization-login-wrong = Enter a login of 1 to 200 visible characters, without white space and slashes.
platform-organization-login-taken = Another organization has this login.
platform-preset = Scopes and roles that it begins with
platform-preset-all = all that the guides use
platform-preset-sbm = those of guide 000 (SBM)
platform-preset-procure = those of guide 004 (Procure)
platform-preset-none = only those that every organization has
organization-password-hint = At most 72 bytes. Leave it empty, and the service makes one and shows it once.
organization-password-use = The organization logs in with it, in the console and in its programs. Give it to the organization in a safe way.
organization-password-set = Set a password
organization-password-heading = Set the password of { $name }
organization-password-lead = The present password stops working at once, and the console sessions of the organization’s own account end. Tokens that it got with the old password stay valid.
organization-password-done = { $name } has a new password
organization-password-signed-out = Your session has ended with the old password. Sign in with the new one to go on.
platform-policy = Policy of its tokens
platform-policy-saved = The policy of { $name } was saved.
status-suspended = suspended
platform-suspend = Suspend
platform-suspend-question = Suspend { $name }?
platform-suspend-stays = The organization can no longer log in, and neither can its operators. All records stay, and it can be resumed. Tokens that are revoked now stay revoked.
platform-suspended = { $name } is suspended, and all its tokens are revoked.
platform-resume = Resume
platform-resume-question = Resume { $name }?
platform-resume-stays = The organization and its operators can log in again. Tokens that were revoked stay revoked.
platform-resumed = { $name } can log in again.
revoke-everything = Revoke everything
revoke-everything-question = Revoke every token of { $name }?
revoke-everything-stays = These stay valid, because they are not tokens: { $keys ->
    [one] { $keys } API key
   *[other] { $keys } API keys
}, { $clients ->
    [one] { $clients } OAuth client with its secrets.
   *[other] { $clients } OAuth clients with their secrets.
}
revoke-everything-confirm = Login of the organization
revoke-everything-confirm-hint = Type { $name } to confirm.
revoke-everything-confirm-wrong = This is not the login of the organization. Type the login that stands above the field. Nothing was done.
revoked-everything = Every token of { $name } is revoked. API keys that stay: { $keys }; OAuth clients: { $clients }.
revoke-everything-sessions = All console sessions end too, including this one. Everybody must sign in again.
revoked-everything-signed-out = You and everybody else in the organization are signed out. Sign in to go on.
platform-nodes = Nodes
platform-nodes-caption = Nodes, by name
platform-nodes-lead = The newest entry of the feed is { $head }. A node that has not confirmed it refuses to answer once its lease is over.
platform-node-serves = seen
platform-node-silent = not seen
platform-node-on-duty = on duty
platform-version = Version
platform-lease = Lease
platform-applied = Confirmed entry
platform-behind = Entries behind
platform-seen = Last seen
platform-started = Started
platform-jobs = Jobs
platform-jobs-caption = Jobs that are done once for all nodes
platform-jobs-lead = The node on duty runs these jobs by itself. A job that you ask for begins within some seconds, after the one that runs at that moment.
platform-job = Job
platform-job-what = What it does
platform-job-every = Every
platform-job-last = Last run
platform-job-next = Next run
platform-job-not-noted = Runs all the time; not written down
platform-job-now = as soon as a node is on duty
platform-job-wanted = begins in a moment
platform-job-failed = failed
platform-job-failures = { $count ->
    [one] { $count } failure in a row
   *[other] { $count } failures in a row
}
platform-job-run = Run now
platform-job-asked = The job { $name } begins in a moment. This page shows when it has run.
job-count-uptime = Measures how long the service has run, from which follows what has expired.
job-rotate-signing-keys = Makes, activates and retires signing keys.
job-attend-company-tokens = Reports company tokens that are due for rotation, and ends those that were not rotated.
job-deliver-webhooks = Sends the messages of webhooks.
job-purge-webhooks = Deletes messages of webhooks that were settled a week ago.
job-purge-ledger = Deletes old lines of the ledger.
job-count-live-tokens = Counts the valid tokens of each organization.
job-purge-usage = Deletes old counts of use.
job-purge-feed = Deletes entries of the feed that no token needs any more.
job-purge-replay = Deletes values that were used once and have expired.
job-purge-grants = Deletes codes, refresh tokens and grants that have ended.
job-purge-browser-sessions = Deletes sessions that have ended.
job-purge-platform-sessions = Deletes sessions of platform admins that have ended.
job-import-operators = Goes on with imports of operators.
job-fill-in-operator-words = Stores the words by which operators are found.
job-purge-operator-imports = Deletes old imports of operators.
job-purge-api-keys = Deletes API keys that were revoked long ago, and their old uses.
job-seal-audit = Seals new lines of the audit log.
job-check-audit = Checks that nobody has changed sealed lines.
job-purge-audit = Deletes old lines of the audit log.
platform-key-rotate = Rotate now
platform-key-rotate-lead = Makes the next key and publishes it now, before the schedule does. Tokens that were signed before stay valid.
platform-key-force = Sign with it at once
platform-key-force-hint = A service that verifies tokens with an older copy of the published keys refuses new tokens until it fetches them again.
platform-key-published = The key { $name } is published and signs from { $at } on.
platform-key-activated = The key { $name } signs from now on.
platform-key-sent-before = This form was sent before. The key that it made is in the table.
platform-key-revoke = Revoke
platform-key-revoke-question = Revoke the signing key { $name }?
platform-key-revoke-effect = Every token that it signed is refused everywhere at once, of every organization. Organizations must log in again. This cannot be undone.
platform-key-revoke-successor = The key signs now. The next one takes its place at once.
platform-key-revoke-stays = Tokens that other keys signed, API keys, refresh tokens and sessions of the console stay.
platform-key-revoked = The key { $name } is revoked, with every token that it signed.
platform-webhooks-lead = These webhooks belong to the service: they receive the events of every organization, and those of the signing keys. Each message is signed, and sent again if it does not arrive.
platform-webhooks-empty = The service has no webhook yet.
platform-webhooks-too-many = The service has as many webhooks as there may be. Remove one first.
platform-audit-empty = Everything that is done to the service itself, and to an organization as a whole, is recorded here.
event-key-rotated = Another signing key signs from now on
act-job-requested = A job was asked to run at once

## Console: platform

platform = Platform
platform-sign-in = Sign in to the platform
platform-login-hint = The login of a platform admin. Organizations and their operators sign in to the console.
platform-re-authenticate-form = Every act here asks again who you are, if you have not proved it lately. What you have typed is kept, but not sent.
problem-platform-link = Go to the first page of the platform
problem-not-found-platform = Nothing of the platform has this address.
platform-admins = Platform admins
platform-admins-lead = Those who run this service. Each has a password and a second factor. They see no operators’ names, and cannot act as an organization.
platform-admins-caption = Platform admins
platform-admin-id = Id
platform-admin-you = this is you
platform-admin-new = Add a platform admin
platform-admin-new-lead = A platform admin can create and suspend organizations, revoke keys, and add or remove admins.
platform-admin-password-hint = Give it to the new admin by a safe way, together with the secret and the codes of the next page.
platform-admin-create = Add admin
platform-admin-created = { $name } can sign in to the platform
platform-admin-secret-use = The new admin needs this secret in an authenticator app to sign in. A recovery code takes its place once.
platform-admin-login-wrong = A login has 1 to 200 visible characters, no white space and no slash.
platform-admin-login-taken = A platform admin has this login already.
platform-admins-too-many = There are as many platform admins as there can be. Remove one first.
platform-admin-remove = Remove
platform-admin-remove-link = Remove { $login }
platform-admin-remove-question = Remove the platform admin { $name }?
platform-admin-remove-effect = The admin can no longer sign in to the platform, and its sessions end at once, on every node.
platform-admin-remove-stays = No token is revoked. What the admin did stays in the audit log.
platform-admin-remove-you = This is your own account: you are signed out.
platform-admin-remove-last = This is the last platform admin. After that, only the command line can add one.
platform-admin-removed = { $name } is no longer a platform admin. Its sessions have ended.
platform-sessions-caption = Your sessions on the platform
platform-session-ended = The session has ended.
act-platform-admin-created = A platform admin was added
act-platform-admin-deleted = A platform admin was removed
act-platform-admin-signed-in = A platform admin signed in
act-platform-admin-sign-in-failed = A sign-in to the platform failed

## Console: audit log

audit-log = Audit log
audit-caption = Audit log, the newest line first
audit-empty = Everything that is done in your organization is recorded here.
time = Time
actor = Actor
act = Act
subject = Subject
details = Details
from = From
until = Until
day-hint = A day such as 2030-01-21, in { $zone }.
entry = entry { $sequence }
occurrences = { $count ->
    [one] { $count } time
   *[other] { $count } times
}
act-logged-in = The organization logged in
act-login-failed = A login of the organization failed
act-organization-created = The organization was created
act-organization-updated = The organization was changed
act-organization-suspended = The organization was suspended
act-organization-resumed = The organization was resumed
act-organization-tokens-revoked = All tokens of the organization were revoked
act-login-set = The login of the organization was changed
act-password-set = The password of the organization was set
act-operator-created = An operator was added
act-operator-updated = An operator was changed
act-operator-deactivated = An operator was deactivated
act-operator-activated = An operator was activated
act-operator-deleted = An operator was deleted
act-operators-imported = An import of operators was applied
act-operators-exported = The operators were exported
act-operator-tokens-revoked = All tokens of an operator were revoked
act-signed-in = An operator signed in
act-sign-in-failed = A sign-in of an operator failed
act-credentials-set = A username or password was set or removed
act-totp-set = A second factor was set or removed
act-session-ended = A session was ended
act-session-disowned = A session was disowned
act-client-created = An OAuth client was added
act-client-updated = An OAuth client was changed
act-client-secret-rotated = An OAuth client got another secret
act-client-deleted = An OAuth client was deleted
act-client-tokens-revoked = All tokens of an OAuth client were revoked
act-grant-created = An operator allowed a client to act for it
act-grant-revoked = A grant was revoked
act-refresh-reused = A used refresh token was presented again
act-resource-updated = A resource was added or removed
act-api-key-created = An API key was made
act-api-key-updated = An API key was changed
act-api-key-rotated = An API key got another text
act-api-key-revoked = An API key was revoked
act-api-key-quarantined = An API key was quarantined
act-api-key-released = An API key was released
act-api-key-leak-reported = A leak of an API key was reported
act-api-key-new-network = An API key was used from a new network
act-api-key-woke-up = An API key was used after a long silence
act-api-key-rate-jump = An API key was used much more often than before
act-wechat-app-created = A WeChat app was added
act-wechat-app-updated = A WeChat app was changed
act-wechat-app-deleted = A WeChat app was removed
act-wechat-identity-conflict = A WeChat sign-in named a person who is another operator
act-wechat-failed = WeChat gave an answer that no sign-in can use
act-scope-updated = A scope was set or removed
act-role-updated = A role was set or removed
act-token-revoked = A token was revoked
act-company-token-revoked = A company token was revoked
act-company-token-rotated = A company token was rotated
act-company-token-issued = A company token was issued without a password
act-operator-token-issued = An operator token was issued without a company token
act-company-token-labelled = A company token got another label
act-company-token-retired = The end of a company token was brought forward
act-rotation-enforced = A company token that was due got an end
act-rotation-due = A company token became due for rotation
act-webhook-created = A webhook was added
act-webhook-updated = A webhook was changed
act-webhook-deleted = A webhook was removed
act-webhook-retried = Messages to a webhook are tried once more
act-webhook-gone = A webhook said that it is gone
act-webhook-gave-up = A message to a webhook was given up
act-key-created = A signing key was created
act-key-activated = A signing key started to sign
act-key-superseded = A signing key stopped signing
act-key-retired = A signing key was retired
act-key-revoked = A signing key was revoked
act-keys-resealed = Secrets were sealed with another master key
act-database-restored = The database was restored
act-operator-erased = The personal data of an operator was erased
act-audit-exported = The audit log was exported
audit-acts-hint = Several can be chosen; none means all.
audit-export-csv = Export as CSV
audit-export-jsonl = Export as JSON lines
audit-follow = Follow
audit-pause = Pause
audit-looked-back = 20,000 lines were searched, back to
chain = Seal
chain-whole = whole
chain-up-to = up to
chain-broken = not whole
chain-broken-at = Batch { $batch } was changed after it was sealed.
chain-none = Nothing is sealed yet.
chain-unsealed = Lines not sealed yet
chain-hash = Hash of batch { $batch }
