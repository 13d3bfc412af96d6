import { SendFailure } from '../../delivery/http/send-failure.ts';
import type { OutboundMedia, ProviderError, RichPart, SendRequest, SendResult } from '../message.ts';
import { textOf } from '../message.ts';
import { outcomeWithoutAnswer } from '../no-answer.ts';
import { kindOf } from './media-kinds.ts';
import { type MetaMessage, type PieceData, textMessage } from './meta-message.ts';
import { fillTemplate, guessTemplate } from './template-parameters.ts';
import type { Templates } from './templates.ts';
import type { Uploads } from './uploads.ts';

type Rejected = Extract<SendResult, { outcome: 'rejected' }>;
type Composed = { message: MetaMessage } | Rejected;

export interface ComposeOptions {
  templates: Templates;
  uploads: Uploads;
  signal: AbortSignal;
}

/** The message that a piece is at Meta; its file is there then. Or why there is none: nothing went out. */
export async function compose(request: SendRequest, options: ComposeOptions): Promise<Composed> {
  const { reaction, rich, parts } = request;
  const data = request.data as PieceData | undefined;
  if (reaction) {
    return { message: { type: 'reaction', reaction: { message_id: reaction.to, emoji: reaction.emoji ?? '' } } };
  }
  if (data && 'message' in data) return data;
  if (data && 'template' in data && rich) return template(rich, data, options);
  const file = fileOf(request);
  if (!file) return { message: textMessage(textOf(parts)) };
  return data && 'link' in data ? link(file) : media(file, textOf(parts), options);
}

export function fileOf({ parts }: Pick<SendRequest, 'parts'>): OutboundMedia | undefined {
  return parts.find((part): part is OutboundMedia => part.kind === 'media');
}

async function media(file: OutboundMedia, text: string, options: ComposeOptions): Promise<Composed> {
  const kind = kindOf(file);
  if (!kind) return link(file);
  const uploaded = await options.uploads.idOf(file, options.signal);
  if ('outcome' in uploaded) return uploaded;
  const { id } = uploaded;
  const filename = kind === 'document' && file.filename !== null ? { filename: file.filename } : {};
  return { message: { type: kind, [kind]: { id, ...(text !== '' && { caption: text }), ...filename } } };
}

function link({ url, filename, contentType, size }: OutboundMedia): Composed {
  if (url !== null) return { message: textMessage([filename, url].filter((line) => line !== null).join('\n')) };
  const message = `WhatsApp does not take ${size} bytes of ${contentType}, and without a public URL there is no link.`;
  return rejected({ kind: 'bad-content', code: 'media-type', message, receiptCode: 63019 });
}

async function template(
  rich: RichPart,
  { template: { name, language }, session }: Extract<PieceData, { template: unknown }>,
  { templates, signal }: ComposeOptions,
): Promise<Composed> {
  try {
    const found = await templates.find(name, language, signal);
    if (session && found?.status !== 'APPROVED') return { message: session };
    const filled = found ? fillTemplate(found, rich) : { ok: true as const, components: guessTemplate(rich) };
    if (filled.ok) {
      const code = found?.language ?? language;
      return { message: { type: 'template', template: { name, language: { code }, components: filled.components } } };
    }
    const message = `The template ${name} needs ${filled.missing}, which the message does not have.`;
    return rejected({ kind: 'bad-content', code: 'template-variables', message, receiptCode: 63028 });
  } catch (error) {
    if (!(error instanceof SendFailure)) throw error;
    return rejected({ kind: 'temporary', ...outcomeWithoutAnswer(error).error });
  }
}

function rejected(error: ProviderError): Rejected {
  return { outcome: 'rejected', error };
}
