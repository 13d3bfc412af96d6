import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress, parseProxyAddress, variantsOf } from './addresses.ts';

describe('parseAddress', () => {
  it.each([
    ['+12025550123', 'sms', '+12025550123'],
    ['+15005550006', 'sms', '+15005550006'],
    ['+447700900123', 'sms', '+447700900123'],
    ['+1 (202) 555-0123', 'sms', '+12025550123'],
    ['+5215512345678', 'sms', '+5215512345678'],
    ['whatsapp:+447700900123', 'whatsapp', 'whatsapp:+447700900123'],
    ['WhatsApp:+44 7700 900123', 'whatsapp', 'whatsapp:+447700900123'],
    ['whatsapp:US.13491208655302741918', 'whatsapp', 'whatsapp:US.13491208655302741918'],
    ['whatsapp:US.ENT.11815799212886844830', 'whatsapp', 'whatsapp:US.ENT.11815799212886844830'],
    ['messenger:4711', 'messenger', 'messenger:4711'],
    ['rcs:+12025550123', 'rcs', 'rcs:+12025550123'],
    ['telegram:77', 'telegram', 'telegram:77'],
    ['Telegram:-1001234567890', 'telegram', 'telegram:-1001234567890'],
    ['mailto:Ann@Example.COM', 'email', 'mailto:Ann@example.com'],
    ['ann@example.com', 'email', 'mailto:ann@example.com'],
    ['email:ann@example.com', 'email', 'mailto:ann@example.com'],
    ['mailto:ann@bücher.example', 'email', 'mailto:ann@xn--bcher-kva.example'],
  ])('takes %s', (raw, type, address) => {
    expect(parseAddress(raw)).toEqual({ ok: true, type, address });
  });

  it.each([
    ['', /country code/],
    ['12025550123', /country code/],
    [' 12025550123', /%2B/],
    ['+0123456789', /country code/],
    ['+1202555012', /too short/],
    ['+99912345678', /does not exist/],
    ['BRAND', /country code/],
    ['12345', /country code/],
    ['+1202555０123', /country code/],
    ['whatsapp:', /country code/],
    ['whatsapp:whatsapp:+12025550123', /country code/],
    ['tel:+1-415-523-8886', /no channel has the prefix tel:/i],
    ['messenger:', /without blanks/],
    ['messenger:a b', /without blanks/],
    ['telegram:@shop_bot', /number of a chat/],
    ['telegram:0', /number of a chat/],
    ['telegram:', /number of a chat/],
    ['mailto:ann', /e-mail/],
    ['@example.com', /e-mail/],
    ['mailto:@example.com', /e-mail/],
    ['mailto:ann@exa mple.com', /e-mail/],
    ['mailto:ann@example.com/path', /e-mail/],
    [`messenger:${'x'.repeat(256)}`, /256/],
  ])('refuses %j and says why', (raw, reason) => {
    expect(parseAddress(raw)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
  });

  it('gives a canonical form: parsing it again changes nothing', () => {
    const phone = fc.constantFrom('+12025550123', '+447700900123', '+4930123456', '+5511987654321');
    const blanks = fc.constantFrom('', ' ', '-', ' (', ') ', '.');
    fc.assert(
      fc.property(fc.constantFrom('', 'whatsapp:', 'WHATSAPP:'), phone, fc.array(blanks), (prefix, number, noise) => {
        const raw = [...number].map((digit, at) => digit + (noise[at] ?? '')).join('');
        const first = parseAddress(prefix + raw);
        expect(first).toMatchObject({ ok: true });
        if (first.ok) expect(parseAddress(first.address)).toEqual(first);
      }),
    );
  });

  it('answers whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        const parsed = parseAddress(raw);
        if (parsed.ok) expect(parseAddress(parsed.address)).toEqual(parsed);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('parseProxyAddress', () => {
  it('takes short codes, which a person cannot have', () => {
    expect(parseProxyAddress('12345')).toEqual({ ok: true, type: 'sms', address: '12345' });
    expect(parseProxyAddress('+12025550100')).toEqual({ ok: true, type: 'sms', address: '+12025550100' });
    expect(parseProxyAddress('BRAND').ok).toBe(false);
    const bot = { ok: true, type: 'telegram', address: 'telegram:@shop_bot' };
    expect(parseProxyAddress('Telegram:@Shop_Bot')).toEqual(bot);
    expect(parseProxyAddress('telegram:77')).toEqual({ ok: false, reason: expect.stringContaining('name of the bot') });
  });
});

describe('variantsOf', () => {
  it.each([
    ['+525512345678', ['+5215512345678']],
    ['+5215512345678', ['+525512345678']],
    ['whatsapp:+551187654321', ['whatsapp:+5511987654321']],
    ['whatsapp:+5511987654321', ['whatsapp:+551187654321']],
    ['+551132654321', []],
    ['+541123456789', ['+5491123456789']],
    ['+5491123456789', ['+541123456789']],
    ['+12025550123', []],
    ['messenger:4711', []],
  ])('knows how else %s may be written', (address, variants) => {
    expect(variantsOf(address)).toEqual(variants);
  });
});
