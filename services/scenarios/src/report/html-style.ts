import { markup } from '@twinreel/service/markup'

/** The page's looks, by day, by night and on paper. Colours never speak alone: states have words, flags have numbers. */
export const STYLE = markup`
:root{--ground:#fff;--card:#fff;--ink:#1c2024;--soft:#60656c;--line:#dfe2e6;--faint:#f4f5f7;--bad:#c0272d;--bad-soft:#fdecec;--good:#2c7a4b;--odd:#8a5a00;--said:#c9ced6;--recorded:#2f6f9f;
--recording:#bfe3cd;--paused:#f6dfa6;--announcing:#c5dbf5;--standby:#e3e0f3;--idle:#e9ebee;--prompt:#c5dbf5;--tone:#ddcdf0;--mark:#4a4f57}
@media(prefers-color-scheme:dark){:root{--ground:#131517;--card:#1a1d20;--ink:#e8eaed;--soft:#a2a9b2;--line:#33383e;--faint:#202428;--bad:#ff7b78;--bad-soft:#3a1f21;--good:#6fce97;--odd:#e8b95a;--said:#4a525c;
--recorded:#6fb3e6;--recording:#1f4d35;--paused:#5a4715;--announcing:#23425f;--standby:#383253;--idle:#2a2e33;--prompt:#23425f;--tone:#473462;--mark:#b5bcc5}}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground);margin:0 auto;max-width:78rem;padding:1.5rem 1.25rem 4rem}
h1{font-size:1.5rem;margin:0 0 .25rem}p{margin:.4rem 0}.soft{color:var(--soft)}code,.line{font-family:ui-monospace,monospace;font-size:.88em}
.badge{display:inline-block;min-width:4.2rem;text-align:center;border-radius:1rem;padding:0 .6rem;font-size:.82rem;font-weight:600;border:1.5px solid}
.failed .badge{background:var(--bad);border-color:var(--bad);color:var(--ground)}.broken .badge{color:var(--odd)}.passed .badge{color:var(--good)}
input[name=show]{position:absolute;opacity:0}
.filter{display:flex;gap:.4rem;flex-wrap:wrap;margin:1rem 0 .6rem}.filter label{border:1px solid var(--line);border-radius:1rem;padding:.1rem .8rem;cursor:pointer}
#show-all:checked~.filter [for=show-all],#show-failed:checked~.filter [for=show-failed],#show-broken:checked~.filter [for=show-broken],#show-passed:checked~.filter [for=show-passed]{background:var(--ink);color:var(--ground);border-color:var(--ink)}
input[name=show]:focus-visible~.filter{outline:2px solid var(--recorded);outline-offset:3px}
#show-failed:checked~main :is(.passed,.broken),#show-broken:checked~main :is(.passed,.failed),#show-passed:checked~main :is(.failed,.broken){display:none}
.all{max-height:22rem;overflow:auto;border:1px solid var(--line);border-radius:.5rem;margin-bottom:1.2rem}
.all table{border-collapse:collapse;width:100%}.all :is(td,th){padding:.3rem .7rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}.all tr:last-child td{border-bottom:0}
.all th{position:sticky;top:0;background:var(--faint);font-size:.82rem;color:var(--soft)}.all td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
a{color:inherit;text-decoration-color:var(--soft)}
.scenario{border:1px solid var(--line);border-radius:.5rem;background:var(--card);margin:.7rem 0}.scenario.failed{border-left:5px solid var(--bad)}.scenario.broken{border-left:5px solid var(--odd)}
.scenario>summary{padding:.6rem .9rem;cursor:pointer}.scenario>summary .name{font-weight:600;margin:0 .5rem}.body{padding:0 .9rem .9rem}
.tag{background:var(--faint);border-radius:.3rem;padding:.05rem .4rem;margin-right:.3rem;font-size:.85em}
.misses{border-collapse:collapse;width:100%;background:var(--bad-soft);border-radius:.4rem;margin:.5rem 0}.misses :is(td,th){text-align:left;vertical-align:top;padding:.35rem .6rem}.misses tbody tr{border-top:1px solid var(--line)}
.misses th{font-size:.82rem;color:var(--soft);font-weight:600}.misses .at{font-weight:600;font-variant-numeric:tabular-nums;white-space:nowrap}.misses td{overflow-wrap:anywhere}.misses code{white-space:nowrap}
.number{display:inline-block;min-width:1.35rem;text-align:center;border-radius:1rem;background:var(--bad);color:var(--ground);font-weight:600;font-size:.82rem;margin-right:.35rem}
figure{margin:.6rem 0}figcaption{color:var(--soft);font-size:.9rem}.wide{overflow-x:auto}svg{display:block;width:100%;min-width:46rem;height:auto}
.more{margin:.4rem 0}.more>summary{cursor:pointer;color:var(--soft)}.more table{border-collapse:collapse;font-size:.9rem}.more td{padding:.05rem .9rem .05rem 0;vertical-align:top}.more td:first-child{font-variant-numeric:tabular-nums;white-space:nowrap}
.again code{background:var(--faint);border-radius:.3rem;padding:.2rem .5rem;display:inline-block;overflow-wrap:anywhere}
.legend{display:flex;flex-wrap:wrap;gap:.1rem 1rem;font-size:.85rem;color:var(--soft);margin:.2rem 0}.legend i{display:inline-block;width:.9rem;height:.75rem;border-radius:.15rem;margin-right:.35rem;vertical-align:-.05rem}
svg text{font:11px system-ui,sans-serif;fill:var(--ink)}svg .lane,svg .tick,svg .about{fill:var(--soft)}svg .owner{font-size:14px;font-weight:600}svg .about{font-size:12px}svg .missed{fill:var(--bad)}
.between,.axis{stroke:var(--line)}.axis{stroke:var(--soft)}.story line{stroke:var(--mark);stroke-width:1}
path.said,i.said{fill:var(--said);background:var(--said)}path.recorded,i.recorded{fill:var(--recorded);background:var(--recorded)}
.recording rect,i.recording{fill:var(--recording);background:var(--recording)}.paused rect,i.paused{fill:var(--paused);background:var(--paused)}.announcing rect,i.announcing{fill:var(--announcing);background:var(--announcing)}
.standby rect,i.standby{fill:var(--standby);background:var(--standby)}.not-recorded rect,i.not-recorded{fill:var(--idle);background:var(--idle)}.prompt rect,i.prompt{fill:var(--prompt);background:var(--prompt)}.tone rect,i.tone{fill:var(--tone);background:var(--tone)}
.gate rect,.held rect{fill:none;stroke:var(--mark);stroke-dasharray:2 3}.held text{transform:translateY(-1px)}i.held,i.gate{border:1px dashed var(--mark)}
.ended rect,i.ended{fill:var(--ink);background:var(--ink)}i.ended{width:.25rem}.lost rect,i.lost{fill:var(--bad);fill-opacity:.25;stroke:var(--bad);background:var(--bad-soft);outline:1px solid var(--bad)}
.rejected text,svg text.rejected{fill:var(--bad)}.unplayed text{fill:var(--odd)}
.expected rect{fill:none;stroke:var(--bad);stroke-dasharray:4 3}.got rect{fill:var(--bad);fill-opacity:.22;stroke:var(--bad)}.apart rect{fill:var(--bad);fill-opacity:.4}
.miss line{stroke:var(--bad)}.miss .through{stroke-opacity:.45;stroke-dasharray:3 4}.miss .here{stroke-width:2}.flag rect{fill:var(--bad)}.flag line{stroke:var(--bad)}.flag text{fill:var(--ground);font-weight:600}
@media print{body{max-width:none;padding:0;font-size:11px}.filter{display:none}.all{max-height:none;overflow:visible}.all th{position:static}tr,figure{break-inside:avoid}svg{min-width:0}*{print-color-adjust:exact}}`
