import { describe, expect, it } from '@jest/globals';

import { cpuTimeOf, shortestDuration } from '../../relay/harness/shortest-duration.ts';
import { plainText } from '../../src/record/plain-text.ts';

describe('plainText', () => {
  it.each([
    ['He said &quot;yes&quot; &amp; smiled', 'He said "yes" & smiled'],
    ['It&#39;s &pound;5 &ndash; or &#x20AC;6', "It's £5 – or €6"],
    ['<p>Dear Priya,</p><p>Leo did <b>very</b> well.</p>', 'Dear Priya,\nLeo did very well.'],
    ['One<br>two<br/>three<BR />four', 'One\ntwo\nthree\nfour'],
    ['<ul class="x"><li>Fractions</li><li>Ratios</li></ul>', '- Fractions\n- Ratios'],
    ['<ul><li class="x">Fractions</li><li value="2">Ratios</li></ul>', '- Fractions\n- Ratios'],
    ['<h2>Progress</h2>Good<br class="x">so far</p >now', 'Progress\nGood\nso far\nnow'],
    ['The last character: &#x10FFFF;', 'The last character: \u{10FFFF}'],
    ['<p>A</p>\n\n<div></div>\n<p>B</p>', 'A\n\nB'],
    ['<a href="https://example.com/?a=1&amp;b=2">link</a>', 'link'],
    [' <p>  Dear Priya</p> ', 'Dear Priya'],
    // Entities are decoded once, so that escaped tags stay visible.
    ['&lt;b&gt; is &amp;lt;b&amp;gt;', '<b> is &lt;b&gt;'],
  ])('of %j is %j', (html, text) => {
    expect(plainText(html)).toBe(text);
  });

  it.each([
    'Quadratic equations\n\n\n\nand more',
    '2 < 3 > 1, x <- y, <3 and <> stay',
    'R&D, AT&T; &unknown; &#0; &#9999999; &',
  ])('leaves a text without HTML unchanged: %j', (text) => {
    expect(plainText(text)).toBe(text);
  });

  it('takes time in proportion to the length of the text', async () => {
    const convert = () => {
      for (const part of ['<p ', '<', '&', '&#', '<li<']) plainText(part.repeat(200_000));
    };
    expect(await shortestDuration(2_000, () => cpuTimeOf(convert))).toBeLessThan(2_000);
  });
});
