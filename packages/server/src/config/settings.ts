import { isIP } from 'node:net';
import { z } from 'zod';
import { parseProxyAddress } from '../core/addresses.ts';
import { parseNetwork } from '../delivery/http/networks.ts';
import { isHostName, isNatsUrl, isPostgresUrl, listenAddress, toPublicUrl, toTracesUrl } from './addresses.ts';
import { limitsSetting } from './limit-settings.ts';
import { providerUrl } from './provider-url.ts';
import { ratesSetting } from './rate-settings.ts';
import { sendersSetting } from './sender-settings.ts';

/** What a setting's documentation needs beyond what its schema checks. */
export interface SettingNotes {
  /** Completes "expected …". */
  expects: string;
  /** In words, where the default is not a value of the schema but depends on something. */
  otherwise?: string;
  /** Whole sentences. */
  about: string;
  /** Never shown, and readable from a file of its own. */
  secret?: true;
}

const notes = z.registry<SettingNotes>();

/** Sender addresses in their canonical form. Only these two kinds can be a virtual phone's other end. */
const sender = z.string().transform((raw, context) => {
  const parsed = parseProxyAddress(raw.trim());
  if (parsed.ok && (parsed.type === 'sms' || parsed.type === 'whatsapp')) return parsed.address;
  context.addIssue({ code: 'custom', message: 'not a phone or WhatsApp address' });
  return z.NEVER;
});

const network = z
  .string()
  .trim()
  .refine((text) => parseNetwork(text) !== undefined);

const splitAtCommas = (value: unknown) => (typeof value === 'string' ? value.split(',') : value);

/** Digits, from flags and the environment, or a number from a file. */
const wholeNumber = (least: number, most: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : value),
    z.int().min(least).max(most),
  );

/** A key that is typed by hand is no key: 32 characters are the least that RFC 7518, section 3.2, allows for HS256. */
const secretText = () => z.string().regex(/^[\x21-\x7e]{32,}$/);

/**
 * Every setting of the server, once. Flags, environment names, configuration keys, validation, `--help` and the
 * reference page all come from here.
 */
export const settings = z.object({
  port: wholeNumber(0, 65_535).default(8010).register(notes, {
    expects: 'a whole number from 0 to 65535',
    about: 'The TCP port to listen on. 0 takes any free one.',
  }),
  host: z
    .string()
    .refine((host) => isIP(host) !== 0 || isHostName(host))
    .default('127.0.0.1')
    .register(notes, {
      expects: 'an IP address or a host name, without a port',
      about: 'The address to listen on. `0.0.0.0` listens on every IPv4 address of the machine, `::` on every address.',
    }),
  publicUrl: z
    .string()
    .transform(toPublicUrl)
    .optional()
    .register(notes, {
      expects: 'an http:// or https:// address without user, query and fragment',
      otherwise: 'derived from host and port',
      about:
        'The address under which others reach the server, when that is not the address it listens on: behind a reverse ' +
        'proxy, for example. The `url` members and links of REST answers begin with it.',
    }),
  dataDir: z
    .string()
    .min(1)
    .default('./data')
    .register(notes, {
      expects: 'the path of a directory',
      about:
        'Where the database and the credentials are kept. A relative path counts from the working directory. Made on ' +
        'the first start. One server at a time can use it.',
    }),
  databaseUrl: z
    .string()
    .trim()
    .refine(isPostgresUrl)
    .optional()
    .register(notes, {
      expects: 'an address like postgres://user:password@host:5432/database',
      otherwise: 'SQLite, in the data directory',
      about:
        'A PostgreSQL database (14 or newer) for everything that is otherwise kept in SQLite. Any number of servers can ' +
        'use it at a time; they need the same ' +
        'credentials, the same `secretsKey` and one place for media.',
      secret: true,
    }),
  natsUrl: z
    .string()
    .transform(splitAtCommas)
    .pipe(z.array(z.string().trim().refine(isNatsUrl)).min(1))
    .optional()
    .register(notes, {
      expects: 'addresses like nats://host:4222 with commas between them',
      otherwise: 'servers that share a database look into its log once a second',
      about:
        'The NATS servers that carry news between several Colloquy servers of one database: what is committed at one ' +
        'reaches the sockets of the others at once. With SQLite, which has one server, it means nothing.',
      secret: true,
    }),
  mode: z
    .enum(['development', 'production'])
    .optional()
    .register(notes, {
      expects: 'development or production',
      otherwise: '`development` on a loopback address, otherwise `production`',
      about:
        'Development serves the playground at `/`, where everybody who opens the page can act as any user. It is the ' +
        'default only if `host` is a loopback address, `publicUrl` is absent or loopback as well, and `NODE_ENV` is ' +
        'not `production`.',
    }),
  sandbox: z
    .union([z.enum(['any', 'off']), z.preprocess(splitAtCommas, z.array(sender).min(1))])
    .optional()
    .register(notes, {
      expects: 'any, off, or addresses like +15005550006 or whatsapp:+15005550006 with commas between them',
      otherwise: '`any` in development, `off` in production',
      about:
        'Which sender addresses belong to the sandbox, whose virtual phones send and receive without a provider: ' +
        '`any` address that no other channel owns, those listed, or none. In a configuration file the addresses can ' +
        'be an array.',
    }),
  groupTexting: z
    .enum(['on', 'off'])
    .default('on')
    .register(notes, {
      expects: 'on or off',
      about:
        'Whether participants may have projected addresses, which makes their conversation a group text. If `off` they ' +
        'are refused with 50452, as the hosted service does where it is not enabled for an account. As long as no channel sends group MMS, each phone gets a copy of its own, and answers to that copy ' +
        'come back to one number alone.',
    }),
  s3Bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
    .optional()
    .register(notes, {
      expects: 'the name of a bucket',
      otherwise: 'media are kept on disk, in `media` below `dataDir`',
      about:
        'The bucket that keeps the files of messages, in S3 or anything that speaks its protocol. The guide about ' +
        'media says what its key has to be allowed, and what to do about files that are there already.',
    }),
  s3Endpoint: z.string().transform(toPublicUrl).optional().register(notes, {
    expects: 'an http:// or https:// address without user, query and fragment',
    otherwise: 'that of AWS in `s3Region`',
    about: 'Where the S3 protocol is spoken.',
  }),
  s3Region: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .optional()
    .register(notes, {
      expects: 'the name of a region, like eu-central-1',
      otherwise: '`us-east-1`',
      about: 'The region that requests to the bucket are signed for.',
    }),
  s3Prefix: z
    .string()
    .regex(/^[\x20-\x7e]{1,200}$/)
    .optional()
    .register(notes, {
      expects: 'at most 200 ASCII characters',
      otherwise: 'none',
      about: 'What the keys of all objects begin with, such as `colloquy/`: for a bucket that others use, too.',
    }),
  s3PathStyle: z.enum(['on', 'off']).optional().register(notes, {
    expects: 'on or off',
    otherwise: '`on` with `s3Endpoint`, `off` without',
    about: 'Whether addresses name the bucket in their path, not in their host name.',
  }),
  s3AccessKeyId: z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/)
    .optional()
    .register(notes, {
      expects: 'at most 128 visible ASCII characters',
      otherwise: 'none; `s3Bucket` needs it',
      about: 'Who signs the requests to the bucket.',
    }),
  s3SecretAccessKey: z
    .string()
    .regex(/^[\x21-\x7e]{1,256}$/)
    .optional()
    .register(notes, {
      expects: 'at most 256 visible ASCII characters',
      otherwise: 'none; `s3Bucket` needs it',
      about: 'What signs the requests to the bucket.',
      secret: true,
    }),
  outgoingNetworks: z
    .union([z.enum(['none']), z.preprocess(splitAtCommas, z.array(network).min(1))])
    .optional()
    .register(notes, {
      expects: 'none, or networks like 10.0.0.0/8 and addresses like fd00::1 with commas between them',
      otherwise: '`127.0.0.0/8,::1` in development, `none` in production',
      about:
        'What the server may call beyond the public internet, when it is given an address to call: that of a webhook, ' +
        'for example. Whoever can set such an address reaches these networks from where the server is. In a ' +
        'configuration file it can be an array.',
    }),
  preWebhookTimeout: wholeNumber(1, 30_000).default(5000).register(notes, {
    expects: 'a whole number from 1 to 30000',
    about: 'How long a pre-action webhook may take for its whole answer, in milliseconds.',
  }),
  preWebhookFailure: z
    .enum(['proceed', 'refuse'])
    .default('proceed')
    .register(notes, {
      expects: 'proceed or refuse',
      about:
        'What becomes of an action whose pre-action webhook gave no answer in time (error 50076) or could not be ' +
        'reached (error 50057): it proceeds unchanged, or it is refused with that error.',
    }),
  fcmUrl: providerUrl(false)
    .default('https://fcm.googleapis.com')
    .register(notes, {
      expects: 'an https:// address without path, or an http:// one of this machine',
      about:
        "Where Google's push service (FCM HTTP v1) is, if not where everybody finds it: behind a proxy, for example. " +
        'What is there has to speak HTTP/2.',
    }),
  fcmTokenUrl: providerUrl(true).default('https://oauth2.googleapis.com/token').register(notes, {
    expects: 'an https:// address, or an http:// one of this machine',
    about: 'Where service accounts of Google get access tokens. What is there has to speak HTTP/2.',
  }),
  apnsUrl: providerUrl(false).default('https://api.push.apple.com').register(notes, {
    expects: 'an https:// address without path, or an http:// one of this machine',
    about: "Where Apple's push service is. What is there has to speak HTTP/2.",
  }),
  apnsSandboxUrl: providerUrl(false).default('https://api.sandbox.push.apple.com').register(notes, {
    expects: 'an https:// address without path, or an http:// one of this machine',
    about: "Where Apple's push service for apps under development is. What is there has to speak HTTP/2.",
  }),
  senders: sendersSetting.register(notes, {
    expects: 'an array of objects with name, type, addresses, config and perhaps friendlyName, or that as JSON text',
    otherwise: 'senders that a configuration file has made stay as they are',
    about:
      'Own addresses at providers that the server keeps as they are given here: what is not in the list any more goes at ' +
      'the next start, with an empty list all of them. Servers that share a database need the same list. Others can be made over `/v1/x/senders`. The guides about channels say what `config` has for each ' +
      'type; a secret of it can be read from a file, as `authTokenFile` in the place of `authToken`.',
  }),
  secretsKey: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/)
    .optional()
    .register(notes, {
      expects: '64 hexadecimal digits',
      otherwise: 'made on the first start, and kept in `secrets.key` in the data directory',
      about:
        'What seals the secrets of senders and push services in the database. Keep it where backups of the database do ' +
        'not go. With another key those secrets could not be read: a server that is given one does not start as long as ' +
        'there are any. The guide about deploying says how it is changed.',
      secret: true,
    }),
  limits: limitsSetting.register(notes, {
    expects: 'name=value pairs with commas between them, like participantsPerConversation=100,messageBodyBytes=1600',
    otherwise: "the contract's limits",
    about:
      'How long, how large and how many things may be, where that shall differ from the contract. The page about limits ' +
      'lists the names with their defaults. In a configuration file it is an object, like ' +
      '`{"participantsPerConversation": 100}`.',
  }),
  rateLimits: ratesSetting.register(notes, {
    expects: 'off, contract, or name=value pairs like messages=30,requests=100, which may begin with contract',
    otherwise: '`off`',
    about:
      'How often things may happen. `contract` takes the rates of the hosted service. The page about limits lists the ' +
      'names and what is counted. In a configuration file it can be an object of the pairs.',
  }),
  drainDelay: wholeNumber(0, 600_000)
    .default(0)
    .register(notes, {
      expects: 'a whole number from 0 to 600000',
      about:
        'How long the server goes on as before after it was told to stop (SIGTERM), in milliseconds. Meanwhile `/ready` ' +
        'says no, so that load balancers send nobody any more; give what they take to notice. Afterwards it finishes ' +
        'what is under way, which takes up to 10 s more.',
    }),
  metrics: z
    .union([z.enum(['off', 'account']), listenAddress])
    .default('account')
    .register(notes, {
      expects: 'off, account, or an address like 127.0.0.1:9464',
      about:
        'Where Prometheus reads the figures of the server, at `/metrics`. `account`: on the port of the server, by Basic ' +
        'authentication with the account SID and auth token or the API key. An address: on a port of its own, for ' +
        'everybody who reaches it, so give one that only your own network does; port 0 takes any free one. `off`: ' +
        'nowhere, and nothing is counted.',
    }),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info').register(notes, {
    expects: 'trace, debug, info, warn, error, fatal or silent',
    about: 'The least severe log entries that are written. Logs are lines of JSON on the standard output.',
  }),
  requestLog: z
    .enum(['on', 'off'])
    .default('off')
    .register(notes, {
      expects: 'on or off',
      about:
        'Whether each request gets a line in the log, with `logLevel` `info` or below: its id, what was asked for, the ' +
        'status or error code and how long it took. Nothing in it is a body, a token, an address or a name. A line costs ' +
        'about as much as the work of a small request.',
    }),
  traces: z
    .string()
    .transform(toTracesUrl)
    .optional()
    .register(notes, {
      expects: 'an http:// or https:// address without user, query and fragment',
      otherwise: 'none are made',
      about:
        'Where traces of requests are sent, by OTLP over HTTP: the address of an OpenTelemetry collector, like ' +
        '`http://127.0.0.1:4318`; without a path it gets `/v1/traces`. `OTEL_EXPORTER_OTLP_HEADERS`, ' +
        '`OTEL_EXPORTER_OTLP_TIMEOUT`, `OTEL_EXPORTER_OTLP_COMPRESSION`, `OTEL_EXPORTER_OTLP_CERTIFICATE`, ' +
        '`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` mean ' +
        'what OpenTelemetry says. Webhooks get the header `traceparent` then.',
    }),
  accountSid: z
    .string()
    .regex(/^AC[0-9a-fA-F]{32}$/)
    .optional()
    .register(notes, {
      expects: 'AC and 32 hexadecimal digits',
      otherwise: 'made on the first start and kept',
      about: 'The account that owns everything: the user name of Basic authentication, and `sub` of access tokens.',
    }),
  authToken: secretText().optional().register(notes, {
    expects: 'at least 32 visible ASCII characters',
    otherwise: 'made on the first start and kept',
    about: 'The password that belongs to the account SID.',
    secret: true,
  }),
  apiKeySid: z
    .string()
    .regex(/^SK[0-9a-fA-F]{32}$/)
    .optional()
    .register(notes, {
      expects: 'SK and 32 hexadecimal digits',
      otherwise: 'made on the first start and kept',
      about: 'The API key: a second user name of Basic authentication, and `iss` of access tokens.',
    }),
  apiKeySecret: secretText().optional().register(notes, {
    expects: 'at least 32 visible ASCII characters',
    otherwise: 'made on the first start and kept',
    about: 'The password that belongs to the API key, and the key that signs access tokens.',
    secret: true,
  }),
});

export type Settings = z.infer<typeof settings>;
export type SettingKey = keyof Settings;

export const settingKeys = Object.keys(settings.shape) as SettingKey[];

export function notesOf(key: SettingKey): SettingNotes {
  const found = notes.get(settings.shape[key]);
  if (!found) throw new Error(`The setting ${key} has no notes.`);
  return found;
}
