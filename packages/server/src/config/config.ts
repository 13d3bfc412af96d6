import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Limits } from '@colloquy/protocol';
import type { z } from 'zod';
import type { RateLimits } from '../core/rates/rate-limits.ts';
import type { PushHosts } from '../delivery/push/hosts.ts';
import type { S3Bucket } from '../media/s3/s3-client.ts';
import type { MetricsDoor } from '../telemetry/metrics/door.ts';
import { type Credentials, keepCredentials } from './credentials-file.ts';
import { prepareDataDirectory } from './data-directory.ts';
import { isLoopback } from './loopback.ts';
import { mediaBucketOf } from './media-bucket.ts';
import type { SenderSetting } from './sender-settings.ts';
import { notesOf, type SettingKey, type Settings, settingKeys, settings } from './settings.ts';
import { collectSettings, type Given } from './sources.ts';
import { SettingsError } from './start-error.ts';

export interface PreWebhookConfig {
  /** 1 to 30,000. */
  timeoutMs: number;
  /** What becomes of the action when there is no answer. */
  onFailure: 'proceed' | 'refuse';
}

/** What a server that only its own machine can reach may call there. */
const thisMachine = ['127.0.0.0/8', '::1'] as const;

export interface Config {
  /** 0 to 65535; 0 stands for any free port. */
  port: number;
  host: string;
  /** Absolute. */
  dataDir: string;
  /** Of PostgreSQL; SQLite in the data directory when left out. */
  databaseUrl?: string | undefined;
  /** None when left out. */
  natsUrls?: readonly string[] | undefined;
  /** Without a slash at its end; null when it follows from host and port. */
  publicUrl: string | null;
  mode: 'development' | 'production';
  /** Which sender addresses belong to the sandbox; a list is in canonical form. */
  sandbox: 'any' | 'off' | readonly string[];
  /** On when left out. */
  groupTexting?: boolean;
  /** In CIDR form: what may be called beyond the public internet. */
  outgoingNetworks: readonly string[];
  preWebhook: PreWebhookConfig;
  /** How long the server goes on after it was told to stop, in milliseconds; not at all when left out. */
  drainDelay?: number;
  logLevel: string;
  /** Where traces are sent, with the path; none are made when left out. */
  traces?: string | undefined;
  /** A line for each request; off when left out. */
  requestLog?: 'on' | 'off';
  /** Where the figures are read; by the account when left out. */
  metrics?: MetricsDoor | undefined;
  /** Those of the contract when left out. */
  limits?: Limits | undefined;
  /** Where the push services are; where everybody finds them when left out. */
  push?: PushHosts | undefined;
  /** None when left out. */
  rateLimits?: RateLimits | undefined;
  /** What keeps media; on disk when left out. */
  mediaBucket?: S3Bucket | undefined;
  /** Kept as they are here; what there is stays when left out. */
  senders?: readonly SenderSetting[] | undefined;
  /** What paths in `senders` count from. */
  directory?: string;
  /** 64 hexadecimal digits; in a file of the data directory when left out. */
  secretsKey?: string | undefined;
  credentials: Credentials;
  /** False: some of them were made by this server, and others have others. */
  credentialsGiven?: boolean;
  /** Where the credentials that nobody gave are kept. */
  credentialsFile: string;
  /** What was not there before this start: the data directory, the file of credentials. */
  made?: { directory: boolean; credentials: boolean };
}

/**
 * The configuration that flags, environment and configuration file (in this order of precedence) make together.
 * Makes the data directory and, on the first start, the credentials that are not given.
 *
 * @param argv the arguments after the program's name
 * @param cwd what relative paths count from
 * @throws SettingsError when a setting is unknown or its value unfit
 * @throws StartError when the data directory or the credentials in it cannot be used
 */
export function loadConfig(argv: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Config {
  const values = readSettings(argv, env, cwd);
  const { port, host, publicUrl = null, logLevel } = values;
  const mode = values.mode ?? (isPrivate(host, publicUrl, env) ? 'development' : 'production');
  const sandbox = values.sandbox ?? (mode === 'development' ? 'any' : 'off');
  const outgoing = values.outgoingNetworks ?? (mode === 'development' ? thisMachine : 'none');
  const outgoingNetworks = outgoing === 'none' ? [] : outgoing;
  const preWebhook = { timeoutMs: values.preWebhookTimeout, onFailure: values.preWebhookFailure };

  const mediaBucket = mediaBucketOf(values);

  const dataDir = resolve(cwd, values.dataDir);
  const madeDirectory = prepareDataDirectory(dataDir);
  const credentialsFile = join(dataDir, 'credentials.json');
  const hadCredentials = existsSync(credentialsFile);
  const credentials = keepCredentials(credentialsFile, values);
  return {
    port,
    host,
    dataDir,
    databaseUrl: values.databaseUrl,
    natsUrls: values.natsUrl,
    publicUrl,
    mode,
    sandbox,
    groupTexting: values.groupTexting === 'on',
    outgoingNetworks,
    preWebhook,
    drainDelay: values.drainDelay,
    logLevel,
    requestLog: values.requestLog,
    traces: values.traces,
    metrics: values.metrics,
    limits: values.limits,
    push: {
      fcm: values.fcmUrl,
      fcmToken: values.fcmTokenUrl,
      apns: values.apnsUrl,
      apnsSandbox: values.apnsSandboxUrl,
    },
    rateLimits: values.rateLimits,
    mediaBucket,
    senders: values.senders,
    directory: cwd,
    secretsKey: values.secretsKey,
    credentials,
    credentialsGiven: Object.keys(credentials).every((key) => values[key as keyof Credentials] !== undefined),
    credentialsFile,
    made: { directory: madeDirectory, credentials: !hadCredentials && existsSync(credentialsFile) },
  };
}

/** Takes away what this start has made, where another database turned out to have other credentials. */
export function forgetMade({ made, credentialsFile, dataDir }: Config): void {
  if (made?.credentials) rmSync(credentialsFile, { force: true });
  // Not where there is something else in it by now.
  if (made?.directory && readdirSync(dataDir).length === 0) rmdirSync(dataDir);
}

/**
 * The settings as they are given, with nothing made.
 *
 * @throws SettingsError when a setting is unknown or its value unfit
 */
export function readSettings(argv: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Settings {
  const problems: string[] = [];
  const given = collectSettings(argv, env, cwd, problems);
  const values: Partial<Record<SettingKey, unknown>> = {};
  for (const key of settingKeys) {
    const one = given[key];
    const parsed = settings.shape[key].safeParse(one?.value);
    if (parsed.success) values[key] = parsed.data;
    else problems.push(...unfit(key, one as Given, parsed.error));
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return values as Settings;
}

/** One problem, or where a setting has many parts one for each that is wrong. */
function unfit(key: SettingKey, { origin, value }: Given, { issues }: z.ZodError): string[] {
  const parts = issues.filter((issue) => issue.code === 'custom' && issue.params?.['sentence']);
  if (parts.length > 0) return parts.map((issue) => `${origin}: ${issue.message}`);
  const { expects, secret } = notesOf(key);
  return secret
    ? [`${origin} does not fit; expected ${expects}.`]
    : [`${origin} is ${JSON.stringify(value)}; expected ${expects}.`];
}

/** Can only this machine reach the server? A public URL on loopback host means a proxy before it. */
function isPrivate(host: string, publicUrl: string | null, env: NodeJS.ProcessEnv): boolean {
  if (env['NODE_ENV'] === 'production') return false;
  return isLoopback(host) && (publicUrl === null || isLoopback(new URL(publicUrl).hostname));
}
