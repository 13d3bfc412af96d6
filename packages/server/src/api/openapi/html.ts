/** Text that is HTML already. */
export interface Html {
  readonly html: string;
}

/** A template of HTML: whatever is put into it is text, unless it is HTML already. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | number | Html)[]): Html {
  const filled = values.map((value) => (typeof value === 'object' ? value.html : escaped(String(value))));
  return { html: parts.map((part, at) => part + (filled[at] ?? '')).join('') };
}

export function join(parts: readonly Html[]): Html {
  return { html: parts.map((part) => part.html).join('') };
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
