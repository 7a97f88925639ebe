use super::*;

/// WCAG's relative luminance.
fn luminance(colour: Color) -> f64 {
    let Color::Rgb(red, green, blue) = colour else {
        panic!("{colour:?}");
    };
    let part = |part: u8| match f64::from(part) / 255.0 {
        part if part <= 0.04045 => part / 12.92,
        part => ((part + 0.055) / 1.055).powf(2.4),
    };
    0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
}

#[test]
fn words_on_filled_areas_can_be_read() {
    for palette in [Palette::Dark, Palette::Light, Palette::HighContrast] {
        let theme = Theme {
            palette,
            depth: Depth::True,
            ..Theme::default()
        };
        let packages = (0..6).map(Fill::Package);
        let fills = [Fill::Whole, Fill::Own, Fill::Runtime].into_iter();
        for fill in fills.chain(packages) {
            let style = theme.fill(fill);
            let (text, ground) = (luminance(style.fg.unwrap()), luminance(style.bg.unwrap()));
            let contrast = (text.max(ground) + 0.05) / (text.min(ground) + 0.05);
            assert!(contrast >= 4.5, "{palette:?} {fill:?}: {contrast:.1}");
        }
    }
}

#[test]
fn knows_a_utf8_locale() {
    for locale in ["en_US.UTF-8", "C.utf8", "de_DE.UTF-8@euro"] {
        assert!(is_utf8(locale), "{locale}");
    }
    for locale in ["", "C", "POSIX", "de_DE.ISO-8859-1"] {
        assert!(!is_utf8(locale), "{locale}");
    }
}

#[test]
fn settings_and_the_terminal_choose() {
    let by = |settings: &Settings, pairs: &[(&str, &str)]| {
        let theme = Theme::by(settings, |name| {
            let found = pairs.iter().find(|pair| pair.0 == name);
            found.map(|pair| pair.1.to_owned())
        });
        (theme.colour, theme.depth, theme.palette)
    };
    let plain = Settings::default();
    let dark = Palette::Dark;
    for (pairs, wanted) in [
        (&[("TERM", "xterm")][..], (true, Depth::Sixteen, dark)),
        (&[("TERM", "screen-256color")], (true, Depth::Indexed, dark)),
        (
            &[("TERM", "xterm"), ("COLORTERM", "truecolor")],
            (true, Depth::True, dark),
        ),
        (&[("TERM", "dumb")], (false, Depth::Sixteen, dark)),
        (
            &[("TERM", "xterm"), ("NO_COLOR", "1")],
            (false, Depth::Sixteen, dark),
        ),
        (
            &[("COLORFGBG", "0;15")],
            (true, Depth::Sixteen, Palette::Light),
        ),
        (
            &[("COLORFGBG", "15;default;0")],
            (true, Depth::Sixteen, dark),
        ),
    ] {
        assert_eq!(by(&plain, pairs), wanted, "{pairs:?}");
    }
    let wanted = Settings {
        colour: Some(ColourDepth::True),
        theme: ThemeName::HighContrast,
        ..Settings::default()
    };
    let found = by(&wanted, &[("NO_COLOR", "1"), ("COLORFGBG", "0;15")]);
    assert_eq!(found, (true, Depth::True, Palette::HighContrast));
}

#[test]
fn without_colour_no_tone_has_any_and_none_is_lost() {
    for palette in [Palette::Dark, Palette::Light, Palette::HighContrast] {
        for depth in [Depth::Sixteen, Depth::Indexed, Depth::True] {
            let theme = Theme {
                colour: false,
                palette,
                depth,
                ..Theme::default()
            };
            for tone in TONES {
                assert_eq!((theme.style(tone).fg, theme.style(tone).bg), (None, None));
            }
            for focused in [true, false] {
                for theme in [
                    theme,
                    Theme {
                        colour: true,
                        ..theme
                    },
                ] {
                    assert_ne!(theme.selected(focused), Style::new(), "{theme:?}");
                }
            }
        }
    }
}

/// The red, green and blue of a colour of the 256.
fn indexed(index: u8) -> (u8, u8, u8) {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match index {
        232.. => {
            let grey = 8 + 10 * (index - 232);
            (grey, grey, grey)
        }
        _ => {
            let cube = index.checked_sub(16).unwrap();
            let level = |part: u8| LEVELS[usize::from(part % 6)];
            (level(cube / 36), level(cube / 6), level(cube))
        }
    }
}

/// The contrast of two colours by the rules for accessible web content (WCAG 2), from 1 to 21.
fn contrast(a: (u8, u8, u8), b: (u8, u8, u8)) -> f64 {
    let linear = |part: u8| match f64::from(part) / 255.0 {
        part if part <= 0.04045 => part / 12.92,
        part => ((part + 0.055) / 1.055).powf(2.4),
    };
    let light = |(red, green, blue): (u8, u8, u8)| {
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    };
    let (a, b) = (light(a) + 0.05, light(b) + 0.05);
    a.max(b) / a.min(b)
}

#[test]
fn every_tone_can_be_read_on_its_ground() {
    assert!((contrast((0, 0, 0), (255, 255, 255)) - 21.0).abs() < 1e-9);
    let of = |colour: Color| match colour {
        Color::Rgb(red, green, blue) => (red, green, blue),
        Color::Indexed(index) => indexed(index),
        other => panic!("{other:?} looks as the terminal likes"),
    };
    let mut dim = Vec::new();
    for (palette, grounds) in [
        (Palette::Dark, &[(0, 0, 0), (30, 30, 30)][..]),
        (Palette::Light, &[(255, 255, 255), (253, 246, 227)]),
        (Palette::HighContrast, &[(0, 0, 0)]),
    ] {
        for depth in [Depth::Indexed, Depth::True] {
            let theme = Theme {
                palette,
                depth,
                ..Theme::default()
            };
            let selected = of(theme.selected(false).bg.unwrap());
            for tone in TONES {
                let Some(colour) = theme.style(tone).fg else {
                    continue;
                };
                for &ground in grounds.iter().chain([&selected]) {
                    let found = contrast(of(colour), ground);
                    if found < 4.5 {
                        dim.push(format!("{palette:?} {depth:?} {tone:?}: {found:.1}"));
                    }
                }
                let is_dimmed = theme.style(tone).add_modifier.contains(Modifier::DIM);
                assert!(!is_dimmed, "{tone:?}");
            }
        }
    }
    assert!(dim.is_empty(), "{dim:#?}");
}

const TONES: [Tone; 13] = [
    Tone::Plain,
    Tone::Heading,
    Tone::Dim,
    Tone::Edge,
    Tone::Text,
    Tone::Function,
    Tone::Bar,
    Tone::Key,
    Tone::Match,
    Tone::Busy,
    Tone::Problem,
    Tone::Added,
    Tone::Removed,
];

#[test]
fn columns_can_be_left_out() {
    let without = Without::all_but(&[ColumnName::Retained, ColumnName::Bar]);
    assert!(!without.has(ColumnName::Retained) && !without.has(ColumnName::Bar));
    assert!(without.has(ColumnName::Distance));
    assert!(!Without::default().has(ColumnName::Distance));
}

#[test]
fn bars_are_measured_in_eighths() {
    assert_eq!(bar(1, 2, 4), "██");
    assert_eq!(bar(1, 16, 2), "▏");
    assert_eq!(bar(5, 3, 3), "███");
    assert_eq!(bar(1, 0, 3), "");
    assert_eq!(bar(0, 9, 3), "");
}
