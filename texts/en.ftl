# The messages of the pages. Every language has a file with the same messages and the same places for values.
# $page, $name, $wait and $count are put in by the program; keep them.

## All pages

product = Lanyard
title = { $page } – Lanyard
title-refused = Error: { $page } – Lanyard
skip = Skip to content
languages = Language
refused = Please check this
cancel = Cancel
signed-in-as = You are signed in as { $name }.
throttled = Too many attempts. Try again in { $wait }.
wait-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
wait-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}

## Sign in

sign-in-heading = Sign in
sign-in-for = to continue to { $name }
username = Username or email
password = Password
sign-in-button = Sign in
sign-in-change-password = Change your password
username-missing = Enter your username or your email address.
password-missing = Enter your password.
sign-in-wrong = The username or the password is wrong. Check both and try again.

## Second factor

second-factor-heading = Enter your code
second-factor-lead = Your account is protected by a second factor.
code = Code
code-hint = The six digits that your authenticator app shows now. If you do not have the app at hand, enter one of your recovery codes.
verify-button = Continue
code-missing = Enter a code.
code-wrong = This code is wrong, has expired or was used before. Wait for the next one and enter it.

## Consent

consent-title = Allow access
consent-heading = { $name } asks for access to your account
scopes-heading = It wants to:
consent-destination = Your answer takes you back to { $name }. Allow this only if you trust it.
allow-button = Allow
scope-openid = Know who you are
scope-profile = See your name, your username and your role
scope-email = See your email address
scope-offline-access = Keep this access while you are away
scope-read = See your organization’s data
scope-write = Change your organization’s data
scope-admin = Manage your organization, with all its data and settings

## New password

password-heading = Change your password
password-lead = You will be signed out everywhere else. Applications that you gave access keep it.
password-username = Username
password-current = Current password
password-new = New password
password-new-hint = At most 72 bytes. A long sentence is safer than a short password.
password-button = Change password
password-current-missing = Enter your current password.
password-current-wrong = The current password is wrong.
password-new-missing = Enter a new password.
password-new-too-long = The new password is too long. Letters with accents and Chinese characters need 2 to 4 bytes each.
password-new-unusable = The new password has a character that cannot be used. Choose another password.

## Devices

device-heading = Connect a device
device-lead = A device that has no browser of its own shows you a code.
device-code = Code on the device
device-code-hint = Eight letters. You may leave out the hyphen.
continue-button = Continue
device-code-missing = Enter the code that the device shows.
device-code-unknown = There is no such code, or it has expired. Compare it with what the device shows, or start again on the device.
device-confirm-title = Connect a device
device-confirm-heading = { $name } on a device asks for access to your account
device-confirm-code = The device shows this code:
device-confirm-warning = Allow this only if you see the code on your own device now. If somebody sent you the code, cancel.

## Sign out

sign-out-heading = Sign out?
sign-out-client = { $name } has sent you here to sign out.
sign-out-note = Applications that you gave access keep it.
sign-out-button = Sign out
stay-button = Stay signed in

## Done

signed-out-heading = You are signed out
signed-out-text = You can close this page. If others use this computer, close the browser too.
still-signed-in-heading = You are still signed in
still-signed-in-text = Nothing has changed. You can close this page.
password-changed-heading = Your password is changed
password-changed-text = Use the new password from now on. You are signed out everywhere else. You can close this page.
password-kept-heading = Your password is the same as before
password-kept-text = Nothing has changed. You can close this page.
device-allowed-heading = Your device is connected
device-allowed-text = Go back to the device: it continues by itself in a few seconds. You can close this page.
device-refused-heading = The device gets no access
device-refused-text = Nothing was shared with it. You can close this page.

## Errors

error-advice-heading = What you can do
error-detail = For developers
error-request-id = Request ID
client-error-heading = This application is not known here
client-error-text = The application that sent you here is not registered, or is disabled.
client-error-advice = Go back to the application and start again. If you see this page again, tell the people who run the application.
redirect-error-heading = This link is not safe
redirect-error-text = The application wants to send you to an address that is not registered for it, so we stopped here.
redirect-error-advice = Do not enter your password. Go back to the application and start again. If you see this page again, tell the people who run the application.
request-error-heading = This link does not work
request-error-text = The request is not complete or has a mistake.
request-error-advice = Go back to where you came from and start again. If you see this page again, tell the people who run the application.
no-request-heading = Start from an application
no-request-text = This page is a part of signing in to an application, and no application has asked for it.
no-request-advice = Open the application that you want to use and choose “Sign in” there.
expired-heading = This request has ended
expired-text = For your safety, an application’s request can be answered for a few minutes only, and only once.
expired-advice = Go back to the application and start again.
role-error-heading = Your role does not allow this
role-error-text = The device asks for rights that your role in the organization does not have.
role-error-advice = Sign in as somebody who has these rights, or ask your administrator. The device got no access.
forged-heading = This form cannot be accepted
forged-text = It was not sent from the page that we showed you in this browser, you have answered it already, or you have signed in or out since.
forged-advice = Allow cookies for this site, go back to the application and start again. Nothing was changed.
not-found-heading = There is no such page
not-found-text = The address is wrong, or the page does not exist any more.
not-found-advice = Check the address, or go back to the application and start again.
throttled-heading = Too many attempts
throttled-advice = Wait, then go back and try again. If it was not you who tried, tell your administrator.
unavailable-heading = The service is busy
unavailable-text = Your request cannot be answered now. Nothing was changed.
unavailable-advice = Wait a few seconds and reload this page.
internal-heading = Something went wrong
internal-text = This is our fault, not yours.
internal-advice = Try again in a minute. If you see this page again, tell your administrator the request ID below.
