# Văn bản của các trang. Mỗi ngôn ngữ một tệp, cùng các thông điệp và cùng các biến.
# $page, $name, $wait và $count do chương trình điền vào; hãy giữ nguyên.

## All pages

product = Lanyard
title = { $page } – Lanyard
title-refused = Lỗi: { $page } – Lanyard
skip = Chuyển đến nội dung
languages = Ngôn ngữ
refused = Vui lòng kiểm tra lại
cancel = Hủy
signed-in-as = Bạn đang đăng nhập với tên { $name }.
throttled = Bạn đã thử quá nhiều lần. Hãy thử lại sau { $wait }.
wait-seconds = { $count } giây
wait-minutes = { $count } phút

## Sign in

sign-in-heading = Đăng nhập
sign-in-for = để tiếp tục đến { $name }
username = Tên đăng nhập hoặc email
password = Mật khẩu
sign-in-button = Đăng nhập
sign-in-change-password = Đổi mật khẩu
username-missing = Hãy nhập tên đăng nhập hoặc địa chỉ email.
password-missing = Hãy nhập mật khẩu.
sign-in-wrong = Tên đăng nhập hoặc mật khẩu không đúng. Hãy kiểm tra cả hai và thử lại.

## Second factor

second-factor-heading = Nhập mã của bạn
second-factor-lead = Tài khoản của bạn được bảo vệ bằng xác thực hai lớp.
code = Mã
code-hint = Sáu chữ số mà ứng dụng xác thực đang hiển thị. Nếu không có ứng dụng bên mình, hãy nhập một mã khôi phục.
verify-button = Tiếp tục
code-missing = Hãy nhập mã.
code-wrong = Mã này không đúng, đã hết hạn hoặc đã được dùng. Hãy đợi mã tiếp theo rồi nhập.

## Consent

consent-title = Cho phép truy cập
consent-heading = { $name } xin quyền truy cập tài khoản của bạn
scopes-heading = Ứng dụng này muốn:
consent-destination = Sau khi trả lời, bạn sẽ quay lại { $name }. Chỉ cho phép nếu bạn tin tưởng nơi này.
allow-button = Cho phép
scope-openid = Biết bạn là ai
scope-profile = Xem họ tên, tên đăng nhập và vai trò của bạn
scope-email = Xem địa chỉ email của bạn
scope-offline-access = Giữ quyền truy cập khi bạn không có mặt
scope-read = Xem dữ liệu của tổ chức bạn
scope-write = Thay đổi dữ liệu của tổ chức bạn
scope-admin = Quản lý tổ chức của bạn, gồm mọi dữ liệu và cài đặt

## New password

password-heading = Đổi mật khẩu
password-lead = Bạn sẽ bị đăng xuất ở mọi nơi khác. Các ứng dụng đã được bạn cho phép vẫn giữ quyền truy cập.
password-username = Tên đăng nhập
password-current = Mật khẩu hiện tại
password-new = Mật khẩu mới
password-new-hint = Tối đa 72 byte. Một câu dài an toàn hơn một mật khẩu ngắn.
password-button = Đổi mật khẩu
password-current-missing = Hãy nhập mật khẩu hiện tại.
password-current-wrong = Mật khẩu hiện tại không đúng.
password-new-missing = Hãy nhập mật khẩu mới.
password-new-too-long = Mật khẩu mới quá dài. Mỗi chữ cái có dấu hoặc chữ Hán chiếm từ 2 đến 4 byte.
password-new-unusable = Mật khẩu mới có ký tự không dùng được. Hãy chọn mật khẩu khác.

## Devices

device-heading = Kết nối thiết bị
device-lead = Thiết bị không có trình duyệt sẽ hiển thị cho bạn một mã.
device-code = Mã trên thiết bị
device-code-hint = Tám chữ cái. Bạn có thể bỏ dấu gạch nối.
continue-button = Tiếp tục
device-code-missing = Hãy nhập mã mà thiết bị hiển thị.
device-code-unknown = Không có mã này, hoặc mã đã hết hạn. Hãy so lại với mã trên thiết bị, hoặc bắt đầu lại trên thiết bị.
device-confirm-title = Kết nối thiết bị
device-confirm-heading = { $name } trên một thiết bị xin quyền truy cập tài khoản của bạn
device-confirm-code = Thiết bị hiển thị mã này:
device-confirm-warning = Chỉ cho phép nếu bạn đang nhìn thấy mã này trên thiết bị của chính mình. Nếu có người gửi mã cho bạn, hãy hủy.

## Sign out

sign-out-heading = Đăng xuất?
sign-out-client = { $name } đã đưa bạn đến đây để đăng xuất.
sign-out-note = Các ứng dụng đã được bạn cho phép vẫn giữ quyền truy cập.
sign-out-button = Đăng xuất
stay-button = Vẫn đăng nhập

## Done

signed-out-heading = Bạn đã đăng xuất
signed-out-text = Bạn có thể đóng trang này. Nếu có người khác dùng máy này, hãy đóng cả trình duyệt.
still-signed-in-heading = Bạn vẫn đang đăng nhập
still-signed-in-text = Không có gì thay đổi. Bạn có thể đóng trang này.
password-changed-heading = Mật khẩu đã được đổi
password-changed-text = Từ bây giờ hãy dùng mật khẩu mới. Bạn đã được đăng xuất ở mọi nơi khác. Bạn có thể đóng trang này.
password-kept-heading = Mật khẩu vẫn như cũ
password-kept-text = Không có gì thay đổi. Bạn có thể đóng trang này.
device-allowed-heading = Thiết bị đã được kết nối
device-allowed-text = Hãy quay lại thiết bị: nó sẽ tự tiếp tục sau vài giây. Bạn có thể đóng trang này.
device-refused-heading = Thiết bị không được truy cập
device-refused-text = Không có gì được chia sẻ với thiết bị. Bạn có thể đóng trang này.

## Errors

error-advice-heading = Bạn có thể làm gì
error-detail = Dành cho nhà phát triển
error-request-id = Mã yêu cầu
client-error-heading = Ứng dụng này không được nhận biết
client-error-text = Ứng dụng đưa bạn đến đây chưa được đăng ký hoặc đã bị tắt.
client-error-advice = Hãy quay lại ứng dụng và bắt đầu lại. Nếu vẫn gặp trang này, hãy báo cho bên vận hành ứng dụng.
redirect-error-heading = Liên kết này không an toàn
redirect-error-text = Ứng dụng muốn đưa bạn đến một địa chỉ chưa được đăng ký cho nó, nên chúng tôi đã dừng lại.
redirect-error-advice = Đừng nhập mật khẩu. Hãy quay lại ứng dụng và bắt đầu lại. Nếu vẫn gặp trang này, hãy báo cho bên vận hành ứng dụng.
request-error-heading = Liên kết này không dùng được
request-error-text = Yêu cầu không đầy đủ hoặc có lỗi.
request-error-advice = Hãy quay lại nơi bạn vừa ở và bắt đầu lại. Nếu vẫn gặp trang này, hãy báo cho bên vận hành ứng dụng.
no-request-heading = Hãy bắt đầu từ một ứng dụng
no-request-text = Trang này dùng để đăng nhập vào ứng dụng, nhưng chưa có ứng dụng nào yêu cầu.
no-request-advice = Hãy mở ứng dụng bạn muốn dùng và chọn “Đăng nhập” ở đó.
expired-heading = Yêu cầu này đã kết thúc
expired-text = Để bảo vệ bạn, yêu cầu của ứng dụng chỉ có thể được trả lời trong vài phút và chỉ một lần.
expired-advice = Hãy quay lại ứng dụng và bắt đầu lại.
role-error-heading = Vai trò của bạn không cho phép việc này
role-error-text = Thiết bị yêu cầu các quyền mà vai trò của bạn trong tổ chức không có.
role-error-advice = Hãy đăng nhập bằng tài khoản có các quyền này, hoặc hỏi quản trị viên của bạn. Thiết bị chưa được cấp quyền truy cập.
forged-heading = Không thể nhận biểu mẫu này
forged-text = Biểu mẫu không được gửi từ trang mà chúng tôi hiển thị trong trình duyệt này, bạn đã trả lời rồi, hoặc bạn đã đăng nhập hay đăng xuất sau đó.
forged-advice = Hãy cho phép cookie cho trang này, quay lại ứng dụng và bắt đầu lại. Không có gì bị thay đổi.
not-found-heading = Không có trang này
not-found-text = Địa chỉ không đúng, hoặc trang không còn tồn tại.
not-found-advice = Hãy kiểm tra địa chỉ, hoặc quay lại ứng dụng và bắt đầu lại.
throttled-heading = Quá nhiều lần thử
throttled-advice = Hãy đợi, sau đó quay lại và thử lại. Nếu không phải bạn đã thử, hãy báo cho quản trị viên.
unavailable-heading = Dịch vụ đang bận
unavailable-text = Hiện không thể trả lời yêu cầu của bạn. Không có gì bị thay đổi.
unavailable-advice = Hãy đợi vài giây rồi tải lại trang này.
internal-heading = Đã xảy ra lỗi
internal-text = Đây là lỗi của chúng tôi, không phải của bạn.
internal-advice = Hãy thử lại sau một phút. Nếu vẫn gặp trang này, hãy báo cho quản trị viên mã yêu cầu bên dưới.
