# 页面上的文字。每种语言一个文件，消息和变量相同。
# $page、$name、$wait 和 $count 由程序填入，请保留。

## All pages

product = Lanyard
title = { $page } – Lanyard
title-refused = 错误：{ $page } – Lanyard
skip = 跳到正文
languages = 语言
refused = 请检查以下内容
cancel = 取消
signed-in-as = 您已登录为 { $name }。
throttled = 尝试次数过多。请在 { $wait }后重试。
wait-seconds = { $count } 秒
wait-minutes = { $count } 分钟

## Sign in

sign-in-heading = 登录
sign-in-for = 以继续使用 { $name }
username = 用户名或邮箱
password = 密码
sign-in-button = 登录
sign-in-change-password = 修改密码
username-missing = 请输入用户名或邮箱地址。
password-missing = 请输入密码。
sign-in-wrong = 用户名或密码错误。请检查后重试。

## Second factor

second-factor-heading = 输入验证码
second-factor-lead = 您的账号已启用两步验证。
code = 验证码
code-hint = 身份验证器应用当前显示的六位数字。如果手边没有该应用，请输入一个恢复码。
verify-button = 继续
code-missing = 请输入验证码。
code-wrong = 验证码错误、已过期或已使用过。请等待下一个验证码再输入。

## Consent

consent-title = 授权访问
consent-heading = { $name } 请求访问您的账号
scopes-heading = 它希望：
consent-destination = 做出选择后，您将返回 { $name }。仅在您信任它时才允许。
allow-button = 允许
scope-openid = 知道您是谁
scope-profile = 查看您的姓名、用户名和角色
scope-email = 查看您的邮箱地址
scope-offline-access = 在您离开后继续保持访问
scope-read = 查看您所在组织的数据
scope-write = 修改您所在组织的数据
scope-admin = 管理您所在的组织，包括其全部数据和设置

## New password

password-heading = 修改密码
password-lead = 您在其他地方的登录都将退出。已获得您授权的应用不受影响。
password-username = 用户名
password-current = 当前密码
password-new = 新密码
password-new-hint = 最多 72 字节。一句较长的话比短密码更安全。
password-button = 修改密码
password-current-missing = 请输入当前密码。
password-current-wrong = 当前密码错误。
password-new-missing = 请输入新密码。
password-new-too-long = 新密码过长。带声调的字母和汉字每个占 2 到 4 字节。
password-new-unusable = 新密码中有不能使用的字符。请换一个密码。

## Devices

device-heading = 连接设备
device-lead = 没有浏览器的设备会向您显示一个代码。
device-code = 设备上的代码
device-code-hint = 八个字母，可以不输入连字符。
continue-button = 继续
device-code-missing = 请输入设备上显示的代码。
device-code-unknown = 代码不存在或已过期。请与设备上显示的代码核对，或在设备上重新开始。
device-confirm-title = 连接设备
device-confirm-heading = 设备上的 { $name } 请求访问您的账号
device-confirm-code = 设备显示的代码：
device-confirm-warning = 仅当您此刻在自己的设备上看到此代码时才允许。如果代码是别人发给您的，请取消。

## Sign out

sign-out-heading = 要退出登录吗？
sign-out-client = { $name } 将您带到此处以退出登录。
sign-out-note = 已获得您授权的应用不受影响。
sign-out-button = 退出登录
stay-button = 保持登录

## Done

signed-out-heading = 您已退出登录
signed-out-text = 您可以关闭此页面。如果还有其他人使用这台电脑，请同时关闭浏览器。
still-signed-in-heading = 您仍处于登录状态
still-signed-in-text = 没有任何更改。您可以关闭此页面。
password-changed-heading = 密码已修改
password-changed-text = 从现在起请使用新密码。您在其他地方的登录均已退出。您可以关闭此页面。
password-kept-heading = 密码未修改
password-kept-text = 没有任何更改。您可以关闭此页面。
device-allowed-heading = 设备已连接
device-allowed-text = 请回到设备：它将在几秒钟内自动继续。您可以关闭此页面。
device-refused-heading = 设备未获得访问权限
device-refused-text = 没有向它提供任何信息。您可以关闭此页面。

## Errors

error-advice-heading = 您可以这样做
error-detail = 供开发人员参考
error-request-id = 请求编号
client-error-heading = 无法识别此应用
client-error-text = 将您带到此处的应用没有注册，或已被停用。
client-error-advice = 请回到该应用重新开始。如果再次看到此页面，请告知该应用的运营方。
redirect-error-heading = 此链接不安全
redirect-error-text = 该应用想把您带到一个没有为它注册的地址，因此我们在此停止。
redirect-error-advice = 请不要输入密码。请回到该应用重新开始。如果再次看到此页面，请告知该应用的运营方。
request-error-heading = 此链接无效
request-error-text = 请求不完整或有错误。
request-error-advice = 请回到原来的页面重新开始。如果再次看到此页面，请告知该应用的运营方。
no-request-heading = 请从应用开始
no-request-text = 此页面用于登录应用，但目前没有应用提出请求。
no-request-advice = 请打开您要使用的应用，并在其中选择“登录”。
expired-heading = 此请求已结束
expired-text = 为了您的安全，应用的请求只在几分钟内有效，并且只能回应一次。
expired-advice = 请回到该应用重新开始。
role-error-heading = 您的角色不允许此操作
role-error-text = 该设备请求的权限，您在组织中的角色并不具备。
role-error-advice = 请以具备这些权限的账号登录，或联系您的管理员。该设备没有获得访问权限。
forged-heading = 无法接受此表单
forged-text = 它不是从我们在此浏览器中显示的页面提交的，或者您已经回应过，或者此后您已登录或退出。
forged-advice = 请允许本网站使用 Cookie，然后回到该应用重新开始。没有任何更改。
not-found-heading = 页面不存在
not-found-text = 地址有误，或页面已不存在。
not-found-advice = 请检查地址，或回到该应用重新开始。
throttled-heading = 尝试次数过多
throttled-advice = 请稍候，然后返回重试。如果不是您本人操作，请告知管理员。
unavailable-heading = 服务繁忙
unavailable-text = 目前无法处理您的请求。没有任何更改。
unavailable-advice = 请等待几秒钟后重新加载此页面。
internal-heading = 出现错误
internal-text = 这是我们的问题，与您无关。
internal-advice = 请一分钟后重试。如果再次看到此页面，请将下面的请求编号告知管理员。
