// Sign-in with WeChat, in a Mini Program: exchanges the code of wx.login for a session of Lanyard, once, and signs in again
// when the session has expired. Copy the file into the Mini Program, and allow the service's domain in its settings.
//
//   const { signIn, request } = require("./wechat.js")("https://lanyard.example.com", "wx0123456789abcdef");
//   request({ url: "https://lanyard.example.com/v1/profile" }).then((answer) => console.log(answer.data));

module.exports = function client(baseUrl, appId) {
  let session = null; // {token, until}
  let pending = null; // one sign-in at a time: a code of wx.login works once

  const promised = (call, options) =>
    new Promise((success, fail) => call({ ...options, success, fail }));

  async function exchange() {
    const { code } = await promised(wx.login, {});
    const answer = await promised(wx.request, {
      url: `${baseUrl}/api/v1/auth/wechat/login`,
      method: "POST",
      header: { "content-type": "application/json" },
      data: { code, app_id: appId },
    });
    if (answer.statusCode !== 200) {
      // 403 is final. After 429 and 503 sign in again later, with another code; `Retry-After` says when.
      const error = new Error(`${answer.statusCode} ${answer.data.error}`);
      throw Object.assign(error, { status: answer.statusCode, retryAfter: Number(answer.header["Retry-After"]) || null });
    }
    const { access_token: token, expires_in: seconds, user } = answer.data;
    session = { token, until: Date.now() + (seconds - 60) * 1000 };
    return user;
  }

  // Signs in. Returns {id, openid, unionid, nickname, avatar}.
  function signIn() {
    pending ??= exchange().finally(() => (pending = null));
    return pending;
  }

  // Sends a request with the session, and signs in first if there is none. A session that was revoked is replaced once.
  async function request(options) {
    for (let attempt = 0; ; attempt++) {
      if (!session || Date.now() >= session.until) await signIn();
      const header = { ...options.header, authorization: `Bearer ${session.token}` };
      const answer = await promised(wx.request, { ...options, header });
      if (answer.statusCode !== 401 || attempt > 0) return answer;
      session = null;
    }
  }

  return { signIn, request };
};
