import type { Sid } from '@colloquy/protocol';

/** A back end with the account's credentials: may do everything in its account. */
export interface AccountActor {
  kind: 'account';
  account: Sid<'AC'>;
  /** Did the request ask for webhooks (`X-Twilio-Webhook-Enabled: true`)? Those of back ends fire none otherwise. */
  firesWebhooks?: boolean;
}

/** An app user with an access token: may do what his roles say, in his service. */
export interface UserActor {
  kind: 'user';
  account: Sid<'AC'>;
  service: Sid<'IS'>;
  user: Sid<'US'>;
  identity: string;
}

/** The server itself, on behalf of a channel, a timer or an operator's clean-up. */
export interface SystemActor {
  kind: 'system';
  account: Sid<'AC'>;
  /** The type of address that a message came from (`sms`, `whatsapp` …), when a channel brought it. */
  channel?: string;
}

/** Who asks. Every query is scoped by the actor's account. */
export type Actor = AccountActor | UserActor | SystemActor;
