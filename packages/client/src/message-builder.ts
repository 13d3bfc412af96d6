import { type JSONValue, writeJson } from './json.ts';

/** @internal What a message is made of, as it goes to the server. */
export interface MessageContent {
  body?: string;
  attributes?: string;
  subject?: string;
}

/** @internal Sends it in its turn, and resolves with its index. */
export type SendMessage = (content: MessageContent) => Promise<number>;

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

/** A message that is ready to be sent. */
export class UnsentMessage {
  text?: string;
  attributes: JSONValue = {};
  emailOptions: { subject?: string } = {};
  readonly #send: SendMessage;

  /** @internal */
  constructor(send: SendMessage) {
    this.#send = send;
  }

  /** @returns the index of the message */
  send(): Promise<number> {
    return this.#send(contentOf(this.text, this.attributes, this.emailOptions.subject));
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

  /** At most 4 KB of JSON. */
  setAttributes(attributes: JSONValue): MessageBuilder {
    this.#message.attributes = attributes;
    return this;
  }

  build(): UnsentMessage {
    return this.#message;
  }

  /** @returns the index of the message */
  buildAndSend(): Promise<number> {
    return this.build().send();
  }
}
