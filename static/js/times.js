/** Times in the reader's own zone, in the same words as the server writes them (web/templatetags/parley.py). */

export class Times {
  constructor(zone, language, words) {
    this.words = words;
    const format = (options) => new Intl.DateTimeFormat(language, { timeZone: zone, ...options });
    this.clockFormat = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
    this.dayKeyFormat = new Intl.DateTimeFormat("en-CA", { timeZone: zone });
    this.weekdayFormat = format({ weekday: "short" });
    this.dateFormat = format({ day: "numeric", month: "short" });
    this.fullFormat = format({ dateStyle: "full", timeStyle: "short" });
  }

  clock(iso) {
    return this.clockFormat.format(new Date(iso));
  }

  full(iso) {
    return this.fullFormat.format(new Date(iso));
  }

  dayKey(moment) {
    return this.dayKeyFormat.format(new Date(moment));
  }

  /** Whole days from now to a moment, as calendars count them. */
  daysAway(iso, now = Date.now()) {
    return Math.round((Date.parse(this.dayKey(iso)) - Date.parse(this.dayKey(now))) / 86_400_000);
  }

  date(iso) {
    const year = this.dayKey(iso).slice(0, 4);
    const text = this.dateFormat.formatToParts(new Date(iso));
    const day = text.find((part) => part.type === "day").value;
    const month = text.find((part) => part.type === "month").value;
    return `${day} ${month}${year === this.dayKey(Date.now()).slice(0, 4) ? "" : ` ${year}`}`;
  }

  /** "Today, Thu 19 Nov" */
  dayLine(iso) {
    const away = this.daysAway(iso);
    const date = `${this.weekdayFormat.format(new Date(iso))} ${this.date(iso)}`;
    const word = { 0: this.words.today, "-1": this.words.yesterday }[away];
    return word ? `${word}, ${date}` : date;
  }

  /** For a list: 10:44, Wed, 12 Nov. */
  short(iso) {
    const away = this.daysAway(iso);
    if (away === 0) return this.clock(iso);
    if (away < 0 && away > -7) return this.weekdayFormat.format(new Date(iso));
    return this.date(iso);
  }

  /** "1 h 14 min" */
  length(ms) {
    const minutes = Math.floor(Math.abs(ms) / 60_000);
    if (minutes < 1) return this.words.underMinute;
    if (minutes < 60) return this.words.minutes.replace("{n}", minutes);
    const hours = Math.floor(minutes / 60);
    if (hours >= 48) return this.words.days.replace("{n}", Math.floor(hours / 24));
    const rest = minutes % 60;
    const text = this.words.hours.replace("{n}", hours);
    return rest ? `${text} ${this.words.minutes.replace("{n}", rest)}` : text;
  }
}
