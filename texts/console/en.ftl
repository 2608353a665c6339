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
session-ends = Without further use, this session ends at { $at }.
pages = Pages
pages-first = First page
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
problem-form = This form cannot be read
problem-form-text = It is not complete. Nothing was done.
problem-form-link = Open the page again
problem-changed = This has changed meanwhile
problem-changed-text = Somebody has changed or ended it since the page was shown. Nothing was done.
problem-overview-link = Go to the overview

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
step-account = Give each admin an account of their own
step-factor = Protect the accounts with a second factor
step-done = done
step-open = not yet
last-acts = What was done last

## Console: operators

operators = Operators
operators-caption = Operators, in the order in which they were added
operators-search-hint = A whole id, external id, username or email.
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
operator-activate-question = Activate { $name }?
operator-activate-stays = It can get tokens again. No revoked token becomes valid.
operator-activated = { $name } is active.
operator-delete-question = Delete { $name }?
operator-delete-stays = This cannot be undone. The record stays readable, so that the audit log can be understood. API keys that it has made stay valid.
operator-deleted = { $name } is deleted, and every token of it is revoked.
operator-reset-question = Reset the second factor of { $name }?
operator-reset-stays = It then signs in with its password alone until it sets up a new one. Its sessions of the console end. Its tokens stay valid.
operator-reset = The second factor of { $name } is removed.

## Console: tokens

tokens = Tokens
tokens-caption = Tokens that are valid, the newest first
tokens-empty = Every valid token of your organization is listed here. There is none yet.
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
explain = Explain
explain-heading = Why is a token refused?
explain-field = Token, API key, or id of a token
explain-hint = What you paste is neither stored nor shown again.
explain-missing = Paste a token, an API key, or the id of a token.
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
why-rotation = It was rotated, or was due and was not, and its grace has ended. Use its successor, or log in again.
why-retired-key = The key that signed it is retired. Ask for a new one.
why-clock = It was issued by a clock that was ahead. The administrator of the service sets the clocks right.
why-since = Refused since
why-code = Code
why-entry = Entry of the feed
why-by = By
key-valid = The API key is valid from the addresses that it allows.
key-refused = The API key is refused. Its page says what can be done.

## Console: api keys

api-keys = API Keys
api-key = API key
signing-secret = Signing secret
keys-caption = API keys, the newest first
keys-empty = An API key lets one of your programs use your services without a person signing in.
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
erase-where = Addresses of this person, and texts with one of these names, are also overwritten in the audit log and the ledger.
erase-stays = The id stays, with what was done under it. The audit log remains provably unchanged in everything else.
erase-not-reached = Not reached: backups (after restoring one, erase again), exports, messages already sent to webhooks, logs of the program, and names that others gave to API keys, clients or roles.
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
totp-remove = Remove second factor
totp-remove-question = Remove your second factor?
totp-remove-lead = You then sign in with your password alone. Your recovery codes are gone.
totp-removed = Your second factor is removed.

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
act-rotation-enforced = A company token that was due got an end
act-rotation-due = A company token became due for rotation
act-webhook-created = A webhook was added
act-webhook-updated = A webhook was changed
act-webhook-deleted = A webhook was removed
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
audit-looked-back = 20,000 lines were searched; the search came back to
chain = Seal
chain-whole = whole
chain-up-to = up to
chain-broken = not whole
chain-broken-at = Batch { $batch } was changed after it was sealed.
chain-none = Nothing is sealed yet.
chain-unsealed = Lines not sealed yet
chain-hash = Hash of batch { $batch }
