// Guide 004's sign-in of a front end, with only base URL, user and password changed; then a sign-in that is refused.

const base = process.env.ISSUER;

async function signIn(username, password) {
  const response = await fetch(`${base}/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  return response.json();
}

const { token } = await signIn(process.env.USERNAME, process.env.PASSWORD);
const answer = await fetch(`${base}/v1/profile`, { headers: { Authorization: `Bearer ${token}` } });
const refused = await signIn(process.env.USERNAME, 'wrong');
console.log(JSON.stringify({ profile: await answer.json(), refused }));
