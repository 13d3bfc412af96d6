import { expect, test } from 'vitest';
import { describeSettings, helpText, settingsPage } from './describe.ts';
import { settings } from './settings.ts';

test('every setting has a flag, an environment name and a key', () => {
  expect(describeSettings().map(({ flag, environment, key }) => [flag, environment, key])).toEqual([
    ['--port', 'COLLOQUY_PORT', 'port'],
    ['--host', 'COLLOQUY_HOST', 'host'],
    ['--public-url', 'COLLOQUY_PUBLIC_URL', 'publicUrl'],
    ['--data-dir', 'COLLOQUY_DATA_DIR', 'dataDir'],
    ['--database-url', 'COLLOQUY_DATABASE_URL', 'databaseUrl'],
    ['--nats-url', 'COLLOQUY_NATS_URL', 'natsUrl'],
    ['--mode', 'COLLOQUY_MODE', 'mode'],
    ['--sandbox', 'COLLOQUY_SANDBOX', 'sandbox'],
    ['--group-texting', 'COLLOQUY_GROUP_TEXTING', 'groupTexting'],
    ['--s3-bucket', 'COLLOQUY_S3_BUCKET', 's3Bucket'],
    ['--s3-endpoint', 'COLLOQUY_S3_ENDPOINT', 's3Endpoint'],
    ['--s3-region', 'COLLOQUY_S3_REGION', 's3Region'],
    ['--s3-prefix', 'COLLOQUY_S3_PREFIX', 's3Prefix'],
    ['--s3-path-style', 'COLLOQUY_S3_PATH_STYLE', 's3PathStyle'],
    ['--s3-access-key-id', 'COLLOQUY_S3_ACCESS_KEY_ID', 's3AccessKeyId'],
    ['--s3-secret-access-key', 'COLLOQUY_S3_SECRET_ACCESS_KEY', 's3SecretAccessKey'],
    ['--outgoing-networks', 'COLLOQUY_OUTGOING_NETWORKS', 'outgoingNetworks'],
    ['--pre-webhook-timeout', 'COLLOQUY_PRE_WEBHOOK_TIMEOUT', 'preWebhookTimeout'],
    ['--pre-webhook-failure', 'COLLOQUY_PRE_WEBHOOK_FAILURE', 'preWebhookFailure'],
    ['--fcm-url', 'COLLOQUY_FCM_URL', 'fcmUrl'],
    ['--fcm-token-url', 'COLLOQUY_FCM_TOKEN_URL', 'fcmTokenUrl'],
    ['--apns-url', 'COLLOQUY_APNS_URL', 'apnsUrl'],
    ['--apns-sandbox-url', 'COLLOQUY_APNS_SANDBOX_URL', 'apnsSandboxUrl'],
    ['--senders', 'COLLOQUY_SENDERS', 'senders'],
    ['--secrets-key', 'COLLOQUY_SECRETS_KEY', 'secretsKey'],
    ['--limits', 'COLLOQUY_LIMITS', 'limits'],
    ['--rate-limits', 'COLLOQUY_RATE_LIMITS', 'rateLimits'],
    ['--drain-delay', 'COLLOQUY_DRAIN_DELAY', 'drainDelay'],
    ['--metrics', 'COLLOQUY_METRICS', 'metrics'],
    ['--log-level', 'COLLOQUY_LOG_LEVEL', 'logLevel'],
    ['--request-log', 'COLLOQUY_REQUEST_LOG', 'requestLog'],
    ['--traces', 'COLLOQUY_TRACES', 'traces'],
    ['--account-sid', 'COLLOQUY_ACCOUNT_SID', 'accountSid'],
    ['--auth-token', 'COLLOQUY_AUTH_TOKEN', 'authToken'],
    ['--api-key-sid', 'COLLOQUY_API_KEY_SID', 'apiKeySid'],
    ['--api-key-secret', 'COLLOQUY_API_KEY_SECRET', 'apiKeySecret'],
  ]);
});

test('the defaults that are shown are those that are used', () => {
  const shown = Object.fromEntries(describeSettings().map((setting) => [setting.key, setting.default]));
  expect(shown).toMatchObject({ port: '`8010`', host: '`127.0.0.1`', dataDir: '`./data`', logLevel: '`info`' });
  for (const [key, value] of Object.entries(settings.parse({}))) expect(shown[key]).toBe(`\`${value}\``);
  expect(settings.parse({})).toMatchObject({ port: 8010, host: '127.0.0.1', dataDir: './data', logLevel: 'info' });
});

test('--help names every setting, within 80 columns', () => {
  const lines = helpText().split('\n');
  for (const { flag, environment } of describeSettings()) {
    expect(lines.some((line) => line.startsWith(`  ${flag}  (${environment}, `))).toBe(true);
  }
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

test('the reference page is up to date', async () => {
  await expect(settingsPage()).toMatchFileSnapshot('../../../../docs/reference/settings.md');
});
