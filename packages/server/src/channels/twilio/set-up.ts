import type { SenderHost } from '../channel.ts';
import type { Json } from '../json.ts';
import { rowsOf, type TwilioApi, textIn } from './api.ts';
import { inboundUrl } from './webhook.ts';

/** After a time that failed, in milliseconds. */
const retryAfter = 5 * 60 * 1000;

/** Points the webhooks of the own phone numbers to this sender, once, when it starts. */
export class NumberSetUp {
  readonly #api: TwilioApi;
  readonly #host: SenderHost;
  readonly #url: string;
  readonly #abort = new AbortController();
  #callOff: () => void = () => {};
  #working: Promise<void> | undefined;
  /** Why the last time failed; null when it did not. */
  problem: string | null = null;

  constructor(api: TwilioApi, host: SenderHost, webhookUrl: string) {
    this.#api = api;
    this.#host = host;
    this.#url = inboundUrl(webhookUrl);
  }

  start(): void {
    const { clock, logger } = this.#host;
    this.#working = this.#setUp()
      .then(
        () => {
          this.problem = null;
        },
        (error: unknown) => {
          this.problem = error instanceof Error ? error.message : String(error);
          if (this.#abort.signal.aborted) return;
          logger.warn({ error }, 'the numbers at Twilio could not be set up');
          this.#callOff = clock.at(clock.now() + retryAfter, () => this.start());
        },
      )
      .finally(() => {
        this.#working = undefined;
      });
  }

  async stop(): Promise<void> {
    this.#callOff();
    this.#abort.abort();
    await this.#working;
  }

  async idle(): Promise<void> {
    await this.#working;
  }

  async #setUp(): Promise<void> {
    const pages = this.#api.pages('/IncomingPhoneNumbers.json', { PageSize: '1000' }, this.#abort.signal);
    for await (const page of pages) {
      if (page.status !== 200) throw new Error(`Twilio answered ${page.status} to a list of phone numbers.`);
      for (const number of rowsOf(page, 'incoming_phone_numbers')) {
        if (this.#host.addresses.includes(textIn(number, 'phone_number'))) await this.#point(number);
      }
    }
  }

  async #point(number: Json): Promise<void> {
    const url = this.#url;
    // An application that the number belongs to would have the last word, so it belongs to none any more.
    const wanted = {
      sms_url: url,
      sms_method: 'POST',
      sms_fallback_url: url,
      sms_fallback_method: 'POST',
      sms_application_sid: '',
    };
    if (Object.entries(wanted).every(([name, value]) => textIn(number, name) === value)) return;
    const form = new URLSearchParams({
      SmsUrl: url,
      SmsMethod: 'POST',
      SmsFallbackUrl: url,
      SmsFallbackMethod: 'POST',
      SmsApplicationSid: '',
    });
    const { status } = await this.#api.post(
      `/IncomingPhoneNumbers/${textIn(number, 'sid')}.json`,
      form,
      this.#abort.signal,
    );
    if (status !== 200) throw new Error(`Twilio answered ${status} to a change of ${textIn(number, 'phone_number')}.`);
    const phone = textIn(number, 'phone_number');
    this.#host.logger.info({ phone, before: textIn(number, 'sms_url') }, 'a number at Twilio was pointed here');
  }
}
