import { z } from 'zod';

/** Ids of Meta are digits; longer than a safe integer, so they are never numbers. */
const id = z.string().regex(/^[0-9]{1,32}$/, 'digits only');
const secret = z.string().min(1).max(1024);

/** What a sender on WhatsApp needs. Each description is shown to whoever configures one. */
export const whatsAppConfig = z.strictObject({
  phoneNumberId: id.describe(
    '"Phone number ID" in the app dashboard under WhatsApp, API Setup. Not the number itself.',
  ),
  businessAccountId: id.describe('"WhatsApp Business Account ID", on the same page.'),
  accessToken: secret.describe(
    'Token of a system user that has the app and the account, with whatsapp_business_messaging and whatsapp_business_management.',
  ),
  appSecret: secret.describe(
    '"App secret" in the app dashboard under App settings, Basic: it signs what Meta reports.',
  ),
  verifyToken: secret.describe('Any text of yours; enter the same one at Meta beside the callback URL.'),
  graphVersion: z
    .string()
    .regex(/^v[0-9]{1,3}\.[0-9]{1,2}$/, 'for example v24.0')
    .default('v24.0')
    .describe('Version of the Graph API.'),
  graphUrl: z
    .url({ protocol: /^https?$/ })
    .default('https://graph.facebook.com')
    .describe('Where the Graph API is: for a simulator or a proxy.'),
  templates: z
    .record(
      z.string().min(1).max(512),
      z.string().regex(/^[a-z0-9_]{1,512}(\/[A-Za-z_]{2,10})?$/, 'name or name/language'),
    )
    .default({})
    .describe(
      'What content templates are called at Meta where the names differ: by SID or name, for example {"HX…": "order_update/en_US"}.',
    ),
  markRead: z
    .boolean()
    .default(false)
    .describe('Show people two blue ticks as soon as their message is in the thread.'),
});

export type WhatsAppConfig = z.infer<typeof whatsAppConfig>;
