# What is wrong, in a sentence, and what to type next.
module Dockyard
  # One sentence for the person and a hint.
  class Failure < StandardError
    def initialize(message, hint = nil)
      super(hint ? "#{message}\n  #{hint}" : message)
    end
  end

  # A wrong place in a description: `path` is a list of keys and indexes.
  Problem = Struct.new(:path, :text) do
    # The path as a person writes it: `machines[0].size`.
    def where
      path.map { |part| part.is_a?(Integer) ? "[#{part}]" : ".#{part}" }.join.delete_prefix(".")
    end
  end

  # A value as it may be shown: cut, and never a private key.
  def self.shorten(value)
    text = value.inspect
    return "(a private key)" if text.include?("PRIVATE KEY")

    text.length <= 60 ? text : "#{text[0, 60]}…"
  end

  # `did you mean "students"?`, or the list of what there is.
  def self.did_you_mean(word, known)
    require "did_you_mean"
    close = DidYouMean::SpellChecker.new(dictionary: known).correct(word.to_s).first
    close ? "did you mean `#{close}`?" : "there is: #{known.sort.join(", ")}"
  rescue LoadError
    "there is: #{known.sort.join(", ")}"
  end
end
