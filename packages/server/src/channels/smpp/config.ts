import { z } from 'zod';

const classes = [
  'throttle',
  'temporary',
  'recipient',
  'sender',
  'content',
  'permanent',
  'session',
  'credentials',
] as const;

const words = (example: string) =>
  z
    .array(z.string().trim().min(1).max(40))
    .max(100)
    .default([])
    .describe(
      `Further words, as ${example}, that mean the same when a text is nothing else. Letters' case does not count.`,
    );

const whole = (least: number, most: number) => z.number().int().min(least).max(most);

/** What an SMSC's operator tells its customers, in his words as far as there are common ones. */
export const smppSchema = z.strictObject({
  host: z.string().min(1).max(253).describe('Host name or IP address of the SMSC.'),
  port: whole(1, 65_535).default(2775).describe('Its port.'),
  tls: z.boolean().default(false).describe('Whether the connection is encrypted; the certificate is checked then.'),
  systemId: z.string().min(1).max(15).describe('Who you are: `system_id`.'),
  password: z.string().max(8).describe('At most 8 characters, as the protocol has it.'),
  systemType: z.string().max(12).default('').describe('`system_type`, where the operator wants one.'),
  mode: z
    .enum(['transceiver', 'pair'])
    .default('transceiver')
    .describe('One bind for both directions, or a transmitter and a receiver.'),
  binds: whole(1, 10).default(1).describe('How many of them at the same time.'),
  window: whole(1, 1000).default(10).describe('Messages without an answer at most, of each bind.'),
  perSecond: z.number().min(0.1).max(10_000).default(10).describe('Messages a second at most, of each bind.'),
  enquireSeconds: whole(1, 600)
    .default(30)
    .describe(
      'After so much silence the SMSC is asked whether it is there; three such questions without an answer end the bind.',
    ),
  responseSeconds: whole(1, 18).default(15).describe('How long the SMSC may take to answer.'),
  serviceType: z.string().max(5).default('').describe('`service_type` of messages, where the operator wants one.'),
  shortCodeTon: whole(0, 6).default(3).describe('`source_addr_ton` of short numbers; many operators want 0.'),
  shortCodeNpi: whole(0, 18).default(0).describe('`source_addr_npi` of short numbers.'),
  validityHours: whole(1, 168).default(24).describe('How long the SMSC tries to reach a phone.'),
  defaultAlphabet: z
    .enum(['gsm', 'gsm-packed', 'latin1', 'ascii'])
    .default('gsm')
    .describe('What the operator means by `data_coding` 0; `gsm-packed` has eight characters in seven octets.'),
  latin1: z
    .boolean()
    .default(false)
    .describe('Whether `data_coding` 3 may be used for texts that the default alphabet does not have all of.'),
  smartEncoding: z
    .boolean()
    .default(false)
    .describe(
      'Whether quotes, dashes and the like become what the GSM alphabet has, so that texts need fewer segments.',
    ),
  concatenation: z
    .enum(['udh8', 'udh16', 'sar', 'payload'])
    .default('udh8')
    .describe(
      'How segments of long texts are marked: a header, with a reference of 8 or 16 bits, `sar_` parameters, or not at all since `message_payload` takes the whole text.',
    ),
  receiptIds: z
    .enum(['auto', 'same', 'decimal', 'hex'])
    .default('auto')
    .describe(
      'How receipts write message ids: as the answers do, as decimals where those are hexadecimal, or the other way round; `auto` finds out.',
    ),
  userMessageReference: z
    .boolean()
    .default(false)
    .describe('Whether messages carry a `user_message_reference`, which some SMSCs repeat in receipts.'),
  statusClasses: z
    .record(z.string().regex(/^0x[0-9a-fA-F]{1,8}$/, 'is no 0x…'), z.enum(classes))
    .default({})
    .describe('What the operator means by codes of `command_status` of its own, as in `{"0x401": "recipient"}`.'),
  stopWords: words('ARRET'),
  startWords: words('REPRISE'),
  helpText: z
    .string()
    .max(1600)
    .default('')
    .describe('What HELP and INFO are answered with; empty: they are messages like others.'),
});

export type SmppConfig = z.infer<typeof smppSchema>;
