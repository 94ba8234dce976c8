// A real provider of logins for the tests. It lets in whoever the login says, with the claims that the test has set for them.
import Provider from "oidc-provider";

const [port, back, people] = [Number(process.argv[2]), process.argv[3], JSON.parse(process.argv[4])];
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [
    { client_id: "parley", client_secret: "a secret of the client", redirect_uris: [back], grant_types: ["authorization_code"], response_types: ["code"] },
    { client_id: "open", token_endpoint_auth_method: "none", redirect_uris: [back], grant_types: ["authorization_code"], response_types: ["code"] },
  ],
  claims: { openid: ["sub"], profile: ["preferred_username", "name", "roles", "tid"], email: ["email", "email_verified"] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true } },
  findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
});
provider.listen(port, "127.0.0.1", () => console.log("ready"));
