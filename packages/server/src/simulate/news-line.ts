import type { PhoneNews } from '@colloquy/testing';

/** One line for something that happened. @param time milliseconds since 1970 */
export function lineOf(news: PhoneNews, time: number): string {
  const [mark, what] = told(news);
  return `${clockTime(time)} ${mark} ${onOneLine(what)}`;
}

function told(news: PhoneNews): [mark: string, what: string] {
  switch (news.kind) {
    case 'arrived':
      return ['→', `${news.message.to}  ${shown(news.message)}`];
    case 'written':
      return ['←', `${news.message.from}  ${shown(news.message)}`];
    case 'report':
      return news.problem === null
        ? ['✓', `${news.phone}  ${news.status}`]
        : ['!', `${news.phone}  ${news.status}: ${news.problem}`];
    case 'refused':
      return ['!', `${news.what}: ${news.answer}`];
    case 'unheard':
      return ['!', `${news.phone}  wrote, but ${news.reason}`];
  }
}

function shown({ body, media }: Extract<PhoneNews, { kind: 'arrived' | 'written' }>['message']): string {
  const files = media.map(({ contentType, size }) => `[${contentType}, ${size} bytes]`);
  return [...(body === '' ? [] : [body]), ...files].join(' ');
}

/** Texts come from elsewhere: control characters among them would be commands to the terminal. */
function onOneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ⏎ ').replace(/[\p{Cc}\p{Bidi_Control}]/gu, '�');
}

function clockTime(time: number): string {
  const at = new Date(time);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
