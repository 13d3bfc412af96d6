import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { makeToken, type TokenKeys, verifyToken } from './tokens.ts';

const keys: TokenKeys = {
  accountSid: `AC${'1'.repeat(32)}`,
  apiKeySid: `SK${'1'.repeat(32)}`,
  apiKeySecret: 'a secret of at least thirty-two ch',
};
const service = `IS${'1'.repeat(32)}`;
const now = 1_767_225_600_000;
const seconds = now / 1000;

const goodHeader = { alg: 'HS256', typ: 'JWT', cty: 'twilio-fpa;v=1' };
const goodClaims = {
  iss: keys.apiKeySid,
  sub: keys.accountSid,
  iat: seconds,
  exp: seconds + 3600,
  grants: { identity: 'ann', chat: { service_sid: service } } as object,
};
const sign = (claims: object, header: object = {}, secret = keys.apiKeySecret) =>
  new SignJWT({ ...goodClaims, ...claims })
    .setProtectedHeader({ ...goodHeader, ...header } as { alg: string })
    .sign(new TextEncoder().encode(secret));

test('A token of ours says whose it is and until when.', async () => {
  const token = await makeToken(keys, { identity: 'ann', service, lifetime: 600 }, now);
  expect(await verifyToken(token, keys, now)).toEqual({
    account: keys.accountSid,
    service,
    identity: 'ann',
    expires: now + 600_000,
    role: undefined,
  });
});

test('The older name of the grant is taken as well, and a role for a new user.', async () => {
  const role = `RL${'2'.repeat(32)}`;
  const grants = { identity: 'ann', ip_messaging: { service_sid: service, deployment_role_sid: role } };
  expect(await verifyToken(await sign({ grants }), keys, now)).toMatchObject({ service, role });
});

test.each<[string, () => string | Promise<string>, number]>([
  ['that is no JWT', () => 'x.y.z', 20101],
  ['that is empty', () => '', 20101],
  ['of another content type', () => sign({}, { cty: undefined }), 20102],
  ['of another algorithm', () => sign({}, { alg: 'HS512' }), 20102],
  [
    'without a signature',
    () => {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      return `${part({ ...goodHeader, alg: 'none' })}.${part(goodClaims)}.`;
    },
    20102,
  ],
  ['of an unknown key', () => sign({ iss: `SK${'9'.repeat(32)}` }), 20103],
  ['of another account', () => sign({ sub: `AC${'9'.repeat(32)}` }), 20103],
  ['signed with another secret', () => sign({}, {}, 'another secret of thirty-two chars'), 20107],
  ['that has expired', () => sign({ exp: seconds - 1 }), 20104],
  ['that never expires', () => sign({ exp: undefined }), 20104],
  ['that is not valid yet', () => sign({ nbf: seconds + 60 }), 20105],
  ['without grants', () => sign({ grants: {} }), 20106],
  ['without an identity', () => sign({ grants: { identity: '', chat: { service_sid: service } } }), 20106],
  [
    'with a service SID of another kind',
    () => sign({ grants: { identity: 'a', chat: { service_sid: 'CH1' } } }),
    20106,
  ],
  ['that lasts longer than a day', () => sign({ exp: seconds + 86_401 }), 20157],
  [
    'that lasts longer, by a time of its making that is to come',
    () => sign({ iat: seconds + 80_000, exp: seconds + 160_000 }),
    20157,
  ],
])('A token %s is refused.', async (_what, make, code) => {
  await expect(Promise.resolve(make()).then((token) => verifyToken(token, keys, now))).rejects.toMatchObject({ code });
});
