require "date"

module Dockyard
  # A time as `until` has it. Which texts are one, says Python: datetime.fromisoformat.
  module Instant
    FRACTION = /(?:[.,]\d+)?/
    CLOCK = /\A(?:(\d\d)(?::(\d\d)(?::(\d\d))?)?|(\d\d)(?:(\d\d)(?:(\d\d))?)?)#{FRACTION}\z/
    DAY = /\A(\d{4})(?:-(\d\d)-(\d\d)|(\d\d)(\d\d))\z/
    WEEK = /\A(\d{4})(?:-W(\d\d)(?:-(\d))?|W(\d\d)(\d)?)\z/
    WHOLE = /\A(\d{4}(?:-\d\d-\d\d|\d{4}|-W\d\d(?:-\d)?|W\d{2,3}))(?:.(\d[\d:.,]*)(?:[^-+Z]?(?:Z|[-+](\d[\d:.,]*)))?)?\z/m

    module_function

    def valid?(text)
      date, clock, zone = WHOLE.match(text)&.captures
      !date.nil? && date?(date) && (clock.nil? || clock?(clock, 59)) && (zone.nil? || clock?(zone, 99))
    end

    def date?(text)
      year, month, day = DAY.match(text)&.captures&.compact&.map(&:to_i)
      return year.positive? && Date.valid_civil?(year, month, day) if year && month.positive? && day.positive?

      year, week, day = WEEK.match(text)&.captures&.compact&.map(&:to_i)
      !year.nil? && year.positive? && week.positive? && Date.valid_commercial?(year, week, day || 1) && day != 0
    end

    # `most` minutes and seconds: those of a zone only count together, up to a day.
    def clock?(text, most)
      hour, minute, second = CLOCK.match(text)&.captures&.compact&.map(&:to_i)
      !hour.nil? && [minute, second].compact.max.to_i <= most && (hour * 3600) + (minute.to_i * 60) + second.to_i < 86_400
    end
  end
end
