import type { CallOptions } from './call-options.ts';
import { type CancellablePromise, cancellable } from './cancellable-promise.ts';
import { type ContentTemplateVariable, variableOf } from './content/content-template.ts';
import type { SendEmailOptions } from './conversation-events.ts';
import type { ConversationLimits } from './conversation-limits.ts';
import { invalid } from './errors.ts';
import { type JSONValue, writeJson } from './json.ts';
import { type AnyFile, isForm, type OutgoingFile, outgoing, type SendMediaOptions } from './media/file.ts';
import type { MediaCategory } from './media/media.ts';

/** What a message is made of, as it goes to the server; its files are uploaded before. */
export interface MessageContent {
  body?: string | undefined;
  attributes?: string | undefined;
  subject?: string | undefined;
  contentSid?: string | undefined;
  contentVariables?: string | undefined;
  files?: OutgoingFile[] | undefined;
}

/** For sending a message. */
export interface SendOptions extends CallOptions {
  /** Told how much of the message's files has been uploaded, from 0 to 1. */
  onProgress?: ((progress: number) => void) | undefined;
}

/** @internal Sends it in its turn, and resolves with its index. */
export type SendMessage = (content: MessageContent, options?: SendOptions) => Promise<number>;

/** @internal @param message text or a file */
export function contentOf(
  message: string | AnyFile | undefined,
  attributes: JSONValue | undefined,
  subject: string | undefined,
): MessageContent {
  return {
    ...(typeof message === 'object' ? { files: [outgoing('media', message)] } : { body: message }),
    attributes: writeJson(attributes),
    subject,
  };
}

/** A message that is ready to be sent. */
export class UnsentMessage {
  /** Its body. */
  text?: string;
  attributes: JSONValue = {};
  /** What is attached, and the parts of an e-mail. */
  mediaContent: [MediaCategory, AnyFile][] = [];
  emailOptions: SendEmailOptions = {};
  /** SID of a content template; the message says what that says, then, and nothing else. */
  contentSid?: string;
  contentVariables?: ContentTemplateVariable[];
  readonly #send: SendMessage;

  /** @internal */
  constructor(send: SendMessage) {
    this.#send = send;
  }

  /**
   * Sends it, as `sendMessage` does.
   *
   * @returns the index of the message. `cancel()` ends the upload of its files; what has left for the server may be
   *   sent all the same
   */
  send(options?: SendOptions): CancellablePromise<number | null> {
    const { contentSid, contentVariables = [] } = this;
    const values = Object.fromEntries(contentVariables.map(({ name, value }) => [name, value]));
    const content = {
      ...contentOf(this.text, this.attributes, this.emailOptions.subject),
      contentSid,
      contentVariables: contentSid && contentVariables.length ? writeJson(values) : undefined,
      files: this.mediaContent.map(([category, file]) => outgoing(category, file)),
    };
    return cancellable(({ signal }) => this.#send(content, { ...options, signal }), options);
  }
}

/** Puts a message together, step by step: `conversation.prepareMessage().setBody('Hello').build().send()`. */
export class MessageBuilder {
  readonly #limits: ConversationLimits;
  readonly #message: UnsentMessage;
  /** The files, and the parts of an e-mail, each with its type. */
  #parts: [category: MediaCategory, file: AnyFile, type?: string][] = [];

  /** @internal */
  constructor(limits: ConversationLimits, send: SendMessage) {
    this.#limits = limits;
    this.#message = new UnsentMessage(send);
  }

  /** Its text: at most 32 KB in UTF-8. */
  setBody(text: string): MessageBuilder {
    this.#message.text = text;
    return this;
  }

  /** For participants reached by e-mail. */
  setSubject(subject: string): MessageBuilder {
    this.#message.emailOptions.subject = subject;
    return this;
  }

  /** Makes it from a content template, in place of a text. @param variables for its places; those that are left out are filled as the template says */
  setContentTemplate(
    contentSid: string,
    variables: readonly Pick<ContentTemplateVariable, 'name' | 'value'>[] = [],
  ): MessageBuilder {
    this.#message.contentSid = contentSid;
    this.#message.contentVariables = variables.map(({ name, value }) => variableOf(name, value));
    return this;
  }

  /** At most 4 KB of JSON. */
  setAttributes(attributes: JSONValue): MessageBuilder {
    this.#message.attributes = attributes;
    return this;
  }

  /**
   * Attaches a file; may be called several times, up to the conversation's limits.
   *
   * @throws ColloquyError 20422 when there is nothing in it
   */
  addMedia(payload: FormData | SendMediaOptions): MessageBuilder {
    if (!isForm(payload) && !payload.media) throw invalid('media', 'empty');
    this.#parts.push(['media', payload]);
    return this;
  }

  /** The body of an e-mail, one of each content type: `text/plain` and `text/html`. */
  setEmailBody(contentType: string, body: FormData | SendMediaOptions): MessageBuilder {
    return this.#setEmail('body', body, contentType);
  }

  /** What an e-mail quotes, one of each content type: `text/plain` and `text/html`. */
  setEmailHistory(contentType: string, history: FormData | SendMediaOptions): MessageBuilder {
    return this.#setEmail('history', history, contentType);
  }

  /** Looks whether it can be sent. @throws ColloquyError 20422 for more files than a message may have, or an e-mail of another content type */
  build(): UnsentMessage {
    const { mediaAttachmentsCountLimit: most, emailBodiesAllowedContentTypes: allowed } = this.#limits;
    if (this.#parts.length > most) throw invalid('media', `more than ${most}`);
    this.#message.mediaContent = this.#parts.map(([category, file, type]) => {
      if (!type) return [category, file];
      if (!allowed.includes(type)) throw invalid(`email ${category}`, `${type}, not ${allowed}`);
      return [category, isForm(file) ? file : { ...file, contentType: file.contentType || type }];
    });
    return this.#message;
  }

  /** `build` and `send`. @returns the index of the message */
  buildAndSend(options?: SendOptions): CancellablePromise<number | null> {
    return this.build().send(options);
  }
  #setEmail(category: MediaCategory, file: AnyFile, type: string): MessageBuilder {
    this.#parts = this.#parts.filter((part) => part[0] !== category || part[2] !== type);
    this.#parts.push([category, file, type]);
    return this;
  }
}
