package dev.redrive.config;

import dev.redrive.config.YamlReader.YamlValue;
import dev.redrive.domain.classify.Classification.Disposition;
import dev.redrive.domain.classify.Envelope.EnvelopePointers;
import dev.redrive.domain.classify.Profile;
import dev.redrive.domain.classify.Profile.HintHeaders;
import dev.redrive.domain.classify.Profile.HintHeaders.ResetUnit;
import dev.redrive.domain.classify.Profile.HintHeaders.RetryHeader;
import dev.redrive.domain.classify.Profile.KeyPolicy;
import dev.redrive.domain.classify.Profile.Profiles;
import dev.redrive.domain.classify.RuleSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a rules file: the profiles of all APIs with their rules. */
final class ProfilesReader {

    /** The built-in rules file. */
    static final String BUILT_IN = "redrive/rules.yaml";

    private static final int MAX_PROFILES = 50;
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");

    private final Problems problems;
    private final Disposition quotaDisposition;
    private final Map<String, Integer> names = new LinkedHashMap<>();
    private final Map<String, String> services = new LinkedHashMap<>();
    private @Nullable String defaultName;

    ProfilesReader(Problems problems, Disposition quotaDisposition) {
        this.problems = problems;
        this.quotaDisposition = quotaDisposition;
    }

    /** Returns the profiles, or {@code null} if there are mistakes. */
    @Nullable
    Profiles read(YamlValue.Mapping file) {
        Section root = new Section(file, "", problems, "profiles");
        List<YamlValue> items = root.items("profiles");
        List<Profile> profiles = new ArrayList<>();
        if (items.isEmpty() || items.size() > MAX_PROFILES) {
            root.refuse(
                    "profiles", "must have 1 to " + MAX_PROFILES + " profiles; copy the built-in one to begin with");
            return null;
        }
        int index = 0;
        for (YamlValue item : items) {
            Profile profile = profile(item, "profiles[" + index++ + "]");
            if (profile != null) {
                profiles.add(profile);
            }
        }
        if (defaultName == null) {
            root.refuse("profiles", "none is the default; write default: true in the one for all other services");
        }
        return problems.none() && defaultName != null ? new Profiles(profiles, defaultName) : null;
    }

    private @Nullable Profile profile(YamlValue item, String indexed) {
        Section section = new Section(
                item,
                indexed,
                problems,
                "name",
                "default",
                "services",
                "envelope",
                "headers",
                "keyAfterServerError",
                "rules");
        String name = section.required("name", String.class, "write e.g. name: platform");
        if (name == null) {
            return null;
        }
        String path = "profiles." + name;
        if (!NAME.matcher(name).matches()) {
            section.refuse("name", "'" + name + "' must be 1 to 64 lower-case letters, digits and '-'");
        }
        Integer before = names.putIfAbsent(name, item.origin().line());
        if (before != null) {
            section.refuse("name", "is written twice, first in line " + before + "; give it another name");
            return null;
        }
        chooseDefault(section, name);
        KeyPolicy keys = section.value("keyAfterServerError", KeyPolicy.class);
        EnvelopePointers envelope = envelope(section, path);
        HintHeaders headers = headers(section, path);
        Set<String> own = services(section, name);
        RuleSet rules = new RuleReader(problems, quotaDisposition).read(section, path);
        return envelope == null
                ? null
                : new Profile(name, own, envelope, headers, keys == null ? KeyPolicy.SAME : keys, rules);
    }

    private void chooseDefault(Section section, String name) {
        if (!Boolean.TRUE.equals(section.value("default", Boolean.class))) {
            if (section.get("services") == null) {
                section.refuse("services", "is missing; write the services it is for, or default: true");
            }
            return;
        }
        if (defaultName != null) {
            section.refuse("default", "profile " + defaultName + " is the default already; write it in one only");
        }
        defaultName = name;
    }

    private Set<String> services(Section section, String name) {
        Set<String> own = new LinkedHashSet<>();
        for (String service : section.values("services", RuleReader::word)) {
            String lower = service.toLowerCase(Locale.ROOT);
            String other = services.putIfAbsent(lower, name);
            if (other != null) {
                section.refuse("services", "'" + service + "' belongs to profile " + other + "; name it in one only");
            }
            own.add(lower);
        }
        return own;
    }

    private @Nullable EnvelopePointers envelope(Section profile, String path) {
        YamlValue value = profile.get("envelope");
        if (value == null) {
            profile.refuse("envelope", "is missing; write where the error body has what, e.g. code: [/error/code]");
            return null;
        }
        Section section = new Section(
                value,
                path + ".envelope",
                problems,
                "code",
                "message",
                "param",
                "type",
                "activeRequests",
                "concurrencyLimit",
                "resetAt");
        try {
            return new EnvelopePointers(
                    section.values("code", String::valueOf),
                    section.values("message", String::valueOf),
                    section.values("param", String::valueOf),
                    section.values("type", String::valueOf),
                    section.values("activeRequests", String::valueOf),
                    section.values("concurrencyLimit", String::valueOf),
                    section.values("resetAt", String::valueOf));
        } catch (IllegalArgumentException e) {
            profile.refuse("envelope", String.valueOf(e.getMessage()));
            return null;
        }
    }

    private HintHeaders headers(Section profile, String path) {
        YamlValue value = profile.get("headers");
        if (value == null) {
            return new HintHeaders(List.of(), null, null, null, null, ResetUnit.AUTO);
        }
        String at = path + ".headers";
        Section section = new Section(value, at, problems, "retryAfter", "rateLimit");
        List<RetryHeader> retryAfter = new ArrayList<>();
        for (YamlValue item : section.items("retryAfter")) {
            Section header = new Section(item, at + ".retryAfter", problems, "name", "unit");
            String name = header.required("name", String.class, "write e.g. name: retry-after");
            RetryHeader.Unit unit = header.required("unit", RetryHeader.Unit.class, "write unit: HTTP");
            if (name != null && unit != null) {
                retryAfter.add(new RetryHeader(name, unit));
            }
        }
        YamlValue window = section.get("rateLimit");
        if (window == null) {
            return new HintHeaders(retryAfter, null, null, null, null, ResetUnit.AUTO);
        }
        Section names =
                new Section(window, at + ".rateLimit", problems, "service", "limit", "remaining", "reset", "resetUnit");
        ResetUnit unit = names.value("resetUnit", ResetUnit.class);
        return new HintHeaders(
                retryAfter,
                names.value("service", String.class),
                names.value("limit", String.class),
                names.value("remaining", String.class),
                names.value("reset", String.class),
                unit == null ? ResetUnit.AUTO : unit);
    }
}
