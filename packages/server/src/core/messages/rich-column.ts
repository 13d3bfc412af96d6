/** What a message's row keeps of the template that it was made from: what it shows, and what channels need to send it. */
import type { MessagesTable } from '../../storage/schema.ts';
import type { RichContent } from '../content/fill.ts';
import type { TemplateContent } from './template.ts';

interface Column extends RichContent {
  /** Absent in messages of earlier versions. */
  template?: Pick<TemplateContent, 'name' | 'language' | 'variables'>;
}

type Row = Pick<MessagesTable, 'content_sid' | 'rich_content'>;

/** JSON text. */
export function richColumn({ rich, name, language, variables }: TemplateContent): string {
  return JSON.stringify({ ...rich, template: { name, language, variables } } satisfies Column);
}

/** What a message that was made from a template shows beyond its text. */
export function richContentOf({ rich_content: column }: Row): RichContent | null {
  if (column === null) return null;
  const { type, content } = JSON.parse(column) as Column;
  return { type, content };
}

/** The template that a message was made from, as channels get it; undefined for none, or where nothing is known of it. */
export function templateOf({ content_sid: sid, rich_content: column }: Row) {
  const { type, content, template } = column === null ? ({} as Partial<Column>) : (JSON.parse(column) as Column);
  return sid !== null && type && content && template ? { template: sid, ...template, type, content } : undefined;
}
