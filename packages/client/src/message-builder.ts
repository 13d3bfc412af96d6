import { type JSONValue, writeJson } from './json.ts';
import type { SendOptions } from './sending/send-queue.ts';

/** @internal What a message is made of, as it goes to the server. */
export interface MessageContent {
  body?: string;
  attributes?: string;
  subject?: string;
  contentSid?: string;
  contentVariables?: string;
}

/** What stands in a place of a content template. */
export interface ContentTemplateVariable {
  name: string;
  value: string;
}

/** @internal Sends it in its turn, and resolves with its index. */
export type SendMessage = (content: MessageContent, options?: SendOptions) => Promise<number>;

/** @internal */
export function contentOf(
  text: string | null | undefined,
  attributes: JSONValue | undefined,
  subject: string | undefined,
): MessageContent {
  const json = writeJson(attributes);
  return {
    ...(text != null && { body: text }),
    ...(json !== undefined && { attributes: json }),
    ...(subject !== undefined && { subject }),
  };
}

function templateOf(sid: string | undefined, variables: readonly ContentTemplateVariable[]): MessageContent {
  if (sid === undefined) return {};
  const values = Object.fromEntries(variables.map(({ name, value }) => [name, value]));
  return { contentSid: sid, ...(variables.length > 0 && { contentVariables: JSON.stringify(values) }) };
}

/** A message that is ready to be sent. */
export class UnsentMessage {
  text?: string;
  attributes: JSONValue = {};
  emailOptions: { subject?: string } = {};
  /** SID of a content template; the message says what that says, then, and nothing else. */
  contentSid?: string;
  contentVariables: readonly ContentTemplateVariable[] = [];
  readonly #send: SendMessage;

  /** @internal */
  constructor(send: SendMessage) {
    this.#send = send;
  }

  /** @returns the index of the message */
  send(options?: SendOptions): Promise<number> {
    const content = {
      ...contentOf(this.text, this.attributes, this.emailOptions.subject),
      ...templateOf(this.contentSid, this.contentVariables),
    };
    return this.#send(content, options);
  }
}

/** Puts a message together, step by step: `conversation.prepareMessage().setBody('Hello').build().send()`. */
export class MessageBuilder {
  readonly #message: UnsentMessage;

  /** @internal */
  constructor(send: SendMessage) {
    this.#message = new UnsentMessage(send);
  }

  setBody(text: string): MessageBuilder {
    this.#message.text = text;
    return this;
  }

  /** For participants reached by e-mail. */
  setSubject(subject: string): MessageBuilder {
    this.#message.emailOptions = { subject };
    return this;
  }

  /** @param variables for its places; those that are left out are filled as the template says */
  setContentTemplate(contentSid: string, variables: readonly ContentTemplateVariable[] = []): MessageBuilder {
    this.#message.contentSid = contentSid;
    this.#message.contentVariables = variables;
    return this;
  }

  /** At most 4 KB of JSON. */
  setAttributes(attributes: JSONValue): MessageBuilder {
    this.#message.attributes = attributes;
    return this;
  }

  build(): UnsentMessage {
    return this.#message;
  }

  /** @returns the index of the message */
  buildAndSend(options?: SendOptions): Promise<number> {
    return this.build().send(options);
  }
}
