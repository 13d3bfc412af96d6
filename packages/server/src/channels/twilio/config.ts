import { z } from 'zod';

const sid = (prefix: string) => z.string().regex(new RegExp(`^${prefix}[0-9a-f]{32}$`), `${prefix} and 32 hex digits`);
const secret = z.string().min(1).max(256);

/** What a sender at Twilio needs. Each description is shown to whoever configures one. */
export const twilioConfig = z.strictObject({
  accountSid: sid('AC').describe('Account SID, on the first page of the Twilio Console.'),
  authToken: secret.describe(
    'Auth token, beside the account SID. It signs what Twilio posts here, so it is needed with an API key, too.',
  ),
  apiKeySid: sid('SK').optional().describe('A standard API key for requests to Twilio, instead of the auth token.'),
  apiKeySecret: secret.optional().describe('The secret of the API key.'),
  messagingServiceSid: sid('MG')
    .optional()
    .describe('Send through this messaging service. Its sender pool has to contain the own addresses.'),
  validityPeriod: z
    .int()
    .min(1)
    .max(36_000)
    .optional()
    .describe(
      'How long Twilio may hold a message back before it fails, in seconds. Twilio takes ten hours by default.',
    ),
  smartEncoded: z
    .boolean()
    .default(false)
    .describe('Have Twilio replace signs that make an SMS cost more, for example curly quotes.'),
  templates: z
    .record(z.string().min(1).max(512), sid('HX'))
    .default({})
    .describe('Which template at Twilio (its content SID) stands for a content template here, by SID or name.'),
  setUpNumbers: z
    .boolean()
    .default(false)
    .describe('Have the webhooks of the own phone numbers pointed to this sender when it starts.'),
  afterUnknown: z
    .enum(['resend', 'fail'])
    .default('resend')
    .describe(
      'When neither reports nor the list of messages show whether a message arrived: may it come twice, or not?',
    ),
  apiUrl: z
    .url({ protocol: /^https?$/ })
    .default('https://api.twilio.com')
    .describe('Where the API is: for another region, a proxy or a simulator.'),
});

export type TwilioConfig = z.infer<typeof twilioConfig>;
