/** What a variable of a template stands for, by its name. */
export type Variables = Readonly<Record<string, string>>;

/** Fills a template in. What was filled in is not looked at again, and a name that means nothing stays as it is. */
export function fillTemplate(template: string, variables: Variables): string {
  return template.replace(/\$\{([A-Z_]+)\}/g, (whole, name: string) =>
    Object.hasOwn(variables, name) ? (variables[name] ?? '') : whole,
  );
}

/** Cuts text to so many characters, of which one that takes two units of a string (an emoji) is one. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  let end = 0;
  let count = 0;
  for (const character of text) {
    if (count === limit) break;
    end += character.length;
    count += 1;
  }
  return text.slice(0, end);
}
