//! From `(a, (b, (c, ())))` to `(a, b, c)`.

/// A nested tuple that has a flat form.
pub trait Flatten {
    /// The flat form.
    type Flat;
    /// Makes it.
    fn flatten(self) -> Self::Flat;
}

macro_rules! flatten {
    ($($name:ident)+) => {
        impl<$($name),+> Flatten for flatten!(@nested $($name)+) {
            type Flat = ($($name,)+);

            #[allow(non_snake_case)]
            fn flatten(self) -> Self::Flat {
                let flatten!(@nested $($name)+) = self;
                ($($name,)+)
            }
        }
    };
    (@nested) => { () };
    (@nested $first:ident $($rest:ident)*) => { ($first, flatten!(@nested $($rest)*)) };
}

flatten!(A);
flatten!(A B);
flatten!(A B C);
flatten!(A B C D);
flatten!(A B C D E);
flatten!(A B C D E F);
flatten!(A B C D E F G);
flatten!(A B C D E F G H);
flatten!(A B C D E F G H I);
flatten!(A B C D E F G H I J);
flatten!(A B C D E F G H I J K);
flatten!(A B C D E F G H I J K L);
