"""In which language does a page speak? Names, dates, numbers and sentences in bokmål, nynorsk and English."""
