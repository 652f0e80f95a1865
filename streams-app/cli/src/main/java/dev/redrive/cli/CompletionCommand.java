package dev.redrive.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;

/** {@code redrive completion}: prints a script with which a shell completes commands and options. */
@Command(
        name = "completion",
        description = {"Print a script with which a shell completes commands and options."},
        footer = {
            "Examples:",
            "  source <(redrive completion bash)                               # in ~/.bashrc",
            "  source <(redrive completion zsh)                                # in ~/.zshrc",
            "  redrive completion fish > ~/.config/fish/completions/redrive.fish"
        })
final class CompletionCommand extends Subcommand {

    /** The shells; the names are used on the command line. */
    enum Shell {
        bash,
        zsh,
        fish
    }

    @Parameters(paramLabel = "SHELL", description = "One of ${COMPLETION-CANDIDATES}.")
    private Shell shell = Shell.bash;

    @Override
    public Integer call() {
        CommandLine root = Cli.commandLine(terminal(), this::clients);
        String script = switch (shell) {
            // The script loads bashcompinit where zsh runs it.
            case bash, zsh -> AutoComplete.bash("redrive", root) + "\n";
            case fish -> new Fish(root).script();
        };
        try {
            // Not escaped: the script has tabs, and contains no external text.
            terminal().out().write(script.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw LineOutput.failure(e);
        }
        return OK;
    }

    /** Generates the script for fish, which does not run those of bash. */
    private static final class Fish {

        private static final Pattern SENTENCE_END = Pattern.compile("(?<!e\\.g)[.;:](?: |$)");

        private final StringBuilder lines = new StringBuilder();
        private final List<String> paths = new ArrayList<>();

        private Fish(CommandLine root) {
            add("", root);
        }

        String script() {
            return """
                    # Completion of redrive for fish.
                    set -g __redrive_paths %s

                    # Returns whether the commands on the line are those of the first argument.
                    function __redrive_in
                        set -l path ''
                        for word in (commandline -opc)[2..-1]
                            set -l longer (string trim -- "$path $word")
                            if contains -- $longer $__redrive_paths
                                set path $longer
                            end
                        end
                        test "$path" = "$argv[1]"
                    end

                    """.formatted(String.join(
                            " ", paths.stream().map(Fish::quoted).toList()))
                    + lines;
        }

        private void add(String path, CommandLine command) {
            String begin = "complete -c redrive -n " + quoted("__redrive_in '" + path + "'");
            if (!command.getSubcommands().isEmpty()) {
                lines.append(begin).append(" -f\n");
            }
            for (Map.Entry<String, CommandLine> sub : command.getSubcommands().entrySet()) {
                String[] description =
                        sub.getValue().getCommandSpec().usageMessage().description();
                lines.append(begin)
                        .append(" -a ")
                        .append(sub.getKey())
                        .append(description(description))
                        .append('\n');
            }
            for (OptionSpec option : command.getCommandSpec().options()) {
                if (!option.hidden()) {
                    option(begin, option);
                }
            }
            for (Map.Entry<String, CommandLine> sub : command.getSubcommands().entrySet()) {
                String longer = (path + " " + sub.getKey()).strip();
                paths.add(longer);
                add(longer, sub.getValue());
            }
        }

        private void option(String begin, OptionSpec option) {
            lines.append(begin);
            for (String name : option.names()) {
                lines.append(name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
            }
            if (option.arity().max() > 0) {
                boolean file = Path.class.isAssignableFrom(option.type());
                lines.append(file ? " -r -F" : " -x");
                Iterable<String> candidates = option.completionCandidates();
                if (candidates != null && candidates.iterator().hasNext()) {
                    lines.append(" -a ").append(quoted(String.join(" ", candidates)));
                }
            }
            lines.append(description(option.description())).append('\n');
        }

        /** Returns the first part of the first sentence. */
        private static String description(String... description) {
            return description.length == 0 ? "" : " -d " + quoted(SENTENCE_END.split(description[0], 2)[0]);
        }

        private static String quoted(String text) {
            return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
        }
    }
}
