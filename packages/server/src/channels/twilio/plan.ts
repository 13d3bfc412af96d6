import type { Capabilities, OutboundMessage, Piece, Plan, RichPart } from '../message.ts';
import { planFor } from '../plan.ts';

/** A template that Twilio has, too: it is sent by its content SID. */
export interface TemplateData {
  contentSid: string;
  variables: Readonly<Record<string, string>>;
}

/**
 * Templates that are known at Twilio go by their SID, whatever they consist of; everything else as text and files, which
 * Twilio fetches from this server.
 */
export function planForTwilio(
  templates: Readonly<Record<string, string>>,
  capabilities: Capabilities,
  message: OutboundMessage,
): Plan {
  const contentSid = message.rich && contentSidOf(templates, message.rich);
  if (message.rich && contentSid) {
    const data: TemplateData = { contentSid, variables: message.rich.variables };
    const piece: Piece = { parts: message.parts.filter(({ kind }) => kind === 'text'), data };
    const changes = message.replyTo ? ['It went without saying what it answers.'] : [];
    return { ok: true, pieces: [piece], changes };
  }
  const unreachable = message.parts.find((part) => part.kind === 'media' && part.url === null);
  if (unreachable) {
    const reason = 'Twilio fetches files from this server: set a public URL.';
    return { ok: false, error: { kind: 'bad-content', code: 'no-public-url', message: reason, receiptCode: 21620 } };
  }
  return planFor(capabilities, message);
}

function contentSidOf(templates: Readonly<Record<string, string>>, { template, name }: RichPart): string | undefined {
  return own(templates, template) ?? own(templates, name);
}

function own(templates: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(templates, key) ? templates[key] : undefined;
}

/** The data of a piece, which was on disk in the meantime. */
export function templateIn(data: unknown): TemplateData | undefined {
  return typeof data === 'object' && data !== null && 'contentSid' in data ? (data as TemplateData) : undefined;
}
